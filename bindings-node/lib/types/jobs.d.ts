// Bulk jobs and pulls of changed records.

import type { ByteStream, ByteTarget, CallOptions, ElementKitWarning, JsonRecord, Warnings } from './common';
import type { Expression } from './conditions';
import type { ErrorCode } from './errors';
import type { verifyWebhook } from './webhook';

/** Options of a bulk query. */
export interface BulkOptions extends CallOptions {
  /** Only records changed at or after this ISO-8601 date. */
  from?: string | undefined;
  /** Only records changed at or before this ISO-8601 date. */
  to?: string | undefined;
  /** Id of an earlier job, to start where its limit stopped it. */
  continueFrom?: string | undefined;
  /** URL that is called when the job has ended; see {@link verifyWebhook}. */
  callbackUrl?: string | undefined;
  /** JSON to send with the callback. */
  callbackPayload?: unknown;
  /** Name of the file in downloads; `{yyyy-MM-dd HH:mm:ss}` is replaced by the time. */
  fileName?: string | undefined;
  /** Policy for warnings, instead of the platform's policy. */
  warnings?: Warnings | undefined;
}

/** Request members of the newer form of a job, and any other that the platform supports. */
export interface DownloadMembers {
  format?: string | undefined;
  where?: string | undefined;
  selectFields?: string | undefined;
  limit?: number | undefined;
  from?: string | undefined;
  to?: string | undefined;
  filterDateField?: string | undefined;
  filterNulls?: boolean | undefined;
  apiLimit?: number | undefined;
  continueFromJobId?: string | undefined;
  notificationUrl?: string | undefined;
  query?: { readonly [name: string]: string } | undefined;
  [member: string]: unknown;
}

/** The bulk jobs of an instance. */
export class Bulk {
  private constructor();
  /** Starts a job, for instance `select * from contacts where lastUpdated > '2026-01-01'`. */
  query(statement: string, options?: BulkOptions): Promise<Job>;
  /** Starts a job with the newer form of the call, without a statement. */
  download(
    object: string,
    members?: DownloadMembers,
    options?: CallOptions & { warnings?: Warnings | undefined },
  ): Promise<Job>;
  /** Returns the job of an id. */
  job(id: string, options?: CallOptions): Promise<Job>;
  /** Returns one page of the newest jobs, newest first. */
  list(options?: CallOptions): Promise<JsonRecord[]>;
}

/** Progress of a job, if the platform reports it. */
export interface Progress {
  phase: string;
  rowsWritten: number;
  rowsIgnored: number;
  rowsFailed: number;
  vendorCalls: number;
  parentsDone: number;
  parentsTotal: number | null;
  bytes: number;
  startedAt: number | null;
  updatedAt: number;
}

/** Warning about the request that started a job. */
export interface JobWarning {
  /** Code of the warning, for example `unknown_field`. */
  code: string;
  /** Description of the problem. */
  message: string;
  /** The field or parameter it is about. */
  field?: string;
  /** The nearest known name. */
  suggestion?: string;
}

/** Cause of a failed job: the error of a live read with the same failure, and the phase of the job. */
export interface JobFailure {
  /** The code of the error a live read would fail with. */
  kind: ErrorCode;
  /** The HTTP status of such a read, if the vendor caused the failure. */
  status?: number;
  /** Description of the failure. */
  message: string;
  /** The vendor's message. */
  providerMessage?: string;
  /** Action to take before the job is resumed. */
  hint?: string;
  /** The phase the job was in. */
  phase: string;
  /** Whether resuming the job later may succeed without a change. */
  retryable: boolean;
  /** Seconds after its end until the job may be resumed, if the vendor sent a limit. */
  retryAfter?: number;
  /** The request that started or last resumed the job, to quote to support. */
  requestId?: string;
}

/** Status of a job. */
export interface JobStatus {
  /** The job. */
  id: string;
  /** `CREATED`, `RUNNING`, `COMPLETED`, `ABORTED`, `CANCELLED` or another value. */
  status: string;
  /** The object it reads. */
  objectName?: string;
  /** Records written. */
  recordsCount?: number;
  /** Records that failed. */
  recordsFailedCount?: number;
  /** Cause of its abortion. */
  error?: string;
  /** Structured cause of its abortion, if the platform sends it. */
  failure?: JobFailure;
  /** Warnings about the request that started it, if the platform sends them. */
  warnings?: JobWarning[];
  /** Its progress. */
  progress?: Progress;
  [member: string]: unknown;
}

/** Formats of a result. */
export type Format = 'csv' | 'json' | 'jsonl' | 'parquet' | 'arrow';

/** A bulk job. */
export class Job {
  private constructor();
  /** Its id. */
  readonly id: string;
  /**
   * Warnings about the request that started it. For a job found by its id, they are those of its status; some platforms
   * omit them there.
   */
  readonly warnings: ElementKitWarning[];
  /** Returns its status. */
  status(options?: CallOptions): Promise<JobStatus>;
  /** Returns its figures. */
  report(options?: CallOptions): Promise<JsonRecord>;
  /** Polls its status until it has ended; then throws if it ended without success. */
  statuses(options?: CallOptions): AsyncGenerator<JobStatus, void, void>;
  /** Waits for the end and returns the last status; throws `JobFailedError` or `JobCancelledError` without success. */
  wait(options?: CallOptions & { onProgress?: ((status: JobStatus) => void) | undefined }): Promise<JobStatus>;
  /** Requests its cancellation. */
  cancel(options?: CallOptions): Promise<JobStatus>;
  /** Resumes an aborted or cancelled job; nothing is lost or repeated. */
  resume(options?: CallOptions): Promise<JobStatus>;
  /** Iterates over the rows that failed. */
  errors(options?: CallOptions): AsyncIterableIterator<JsonRecord>;
  /** Writes the result to a file and returns its size; the file appears only when it is complete. */
  download(path: string | URL, options?: DownloadOptions): Promise<number>;
  /** Writes the result to a web stream, as fast as that consumes it, and returns its size. */
  download(target: ByteTarget, options?: DownloadOptions): Promise<number>;
  /** Iterates over the records in order, in arrays of at most `size` (1000). */
  batches<T = JsonRecord>(options?: BatchOptions): AsyncGenerator<T[], void, void>;
  /** Returns the result as a stream of bytes, read as fast as it is consumed. */
  stream(format?: Format, options?: CallOptions): ByteStream;
}

/** Options of a download. */
export interface DownloadOptions extends CallOptions {
  /** The format; by default inferred from the file extension, and CSV for a stream. */
  format?: Format | undefined;
}

/** Options of batches of rows. */
export interface BatchOptions extends CallOptions {
  /** Maximum number of rows in a batch; 1000 by default. */
  size?: number | undefined;
}

/** Selection of a pull. A state belongs to its selection. */
export interface SyncOptions extends CallOptions {
  /** Only these fields: a list, or a string with commas. */
  fields?: string | readonly string[] | undefined;
  /** Only records that meet this CEQL condition. */
  where?: string | Expression | undefined;
  /** Only records of these channels. */
  channels?: readonly (number | bigint)[] | undefined;
}

/** A list of the vendor that a pull could not read completely. */
export interface PendingPartition {
  /** The ids above the list: `7` for one of channel 7, `7/300` for one of webcast 300 in it. */
  partition: string;
  /** Reason: `forbidden`, `not-found`, `failed-rows`, `gone` or another value. */
  reason: string;
  /** Number of its records that failed. */
  failedRows?: number;
  /** Start of the next pull; absent for the beginning. */
  watermark?: string;
  /** The vendor's message. */
  message?: string;
}

/** A pull of changed records: its job, its rows, and the state for the next pull once they were read. */
export class Sync {
  private constructor();
  /** The job. */
  readonly job: Job;
  /** Waits, then writes the rows to a file and returns its size. */
  download(path: string | URL, options?: DownloadOptions): Promise<number>;
  /** Waits, then yields the rows in arrays of at most `size`. */
  batches<T = JsonRecord>(options?: BatchOptions): AsyncGenerator<T[], void, void>;
  /**
   * Waits, then returns the lists that could not be read; the next pull reads them again. Empty if nothing is missing.
   */
  pending(options?: CallOptions): Promise<PendingPartition[]>;
  /** Returns the state for the next pull, a line of text; fails until the rows were read completely. */
  state(options?: CallOptions): Promise<string>;
}

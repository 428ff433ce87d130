// Bulk jobs and pulls of changed records.

import type * as generated from '../../options';
import type { ByteStream, ByteTarget, CallOptions, ElementKitWarning, JsonRecord, Warnings } from './common';
import type { Expression } from './conditions';
import type { ConfigError, ErrorCode, InvalidRequestError, NotFoundError, StorageError } from './errors';
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

/** Options of a bulk upload. */
export interface UploadOptions extends CallOptions, generated.UploadOptions {}

/** Content of an upload: the path of a file, its bytes, or records. */
export type UploadSource = string | URL | Uint8Array | Iterable<object> | AsyncIterable<object>;

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
  /**
   * Starts a job that sends records to the vendor, for instance `upload('contacts', 'contacts.csv', { mode: 'upsert',
   * key: 'email' })` (spec P 10.9, E 9.21 to 9.27). The source is the path of a file (CSV, a JSON array or JSON
   * lines), which is streamed; its bytes; or an iterable of objects, for instance a generator, which is read as fast
   * as the platform takes its records.
   *
   * Resolves when the platform has all records; the job then sends them, also after a restart of the process. The
   * status counts the records that the vendor refused as `recordsFailedCount`, and those of them that were sent
   * without an answer as `recordsUnknownCount`. {@link Job.errors} has the reasons, {@link Job.downloadFailed} the
   * records, to be corrected and uploaded again. The rows of the job are the vendor's answers, each with the line of
   * its record, or its position from 1, as `_row`.
   *
   * Rejects with a {@link ConfigError} for an option with an unknown value, an {@link InvalidRequestError} if the
   * object takes no uploads or has no resource for the mode, a {@link NotFoundError} for an unknown object, and a
   * {@link StorageError} if the file cannot be read. `timeoutMs` limits the whole call.
   */
  upload(object: string, source: UploadSource, options?: UploadOptions): Promise<Job>;
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
  /** Of the failed records of an upload, those of which it is not known whether the vendor accepted them. */
  recordsUnknownCount?: number;
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
  /**
   * Returns the records of an upload that failed, as the bytes of a file of its format, which can be corrected and
   * uploaded again. With `unknown`, returns those whose outcome is not known instead: they were sent, and no answer
   * arrived. Look for them at the vendor before sending them again. Fails with a {@link NotFoundError} if the job is
   * no upload, its file has expired, or the platform is not ElementKit's own engine.
   */
  failedRecords(options?: FailedOptions): ByteStream;
  /** Writes the records of {@link Job.failedRecords} to a file, which appears when it is complete; returns its size. */
  downloadFailed(path: string | URL, options?: FailedOptions): Promise<number>;
  /** Writes the result to a file and returns its size; the file appears only when it is complete. */
  download(path: string | URL, options?: DownloadOptions): Promise<number>;
  /** Writes the result to a web stream, as fast as that consumes it, and returns its size. */
  download(target: ByteTarget, options?: DownloadOptions): Promise<number>;
  /** Iterates over the records in order, in arrays of at most `size` (1000). */
  batches<T = JsonRecord>(options?: BatchOptions): AsyncGenerator<T[], void, void>;
  /** Returns the result as a stream of bytes, read as fast as it is consumed. */
  stream(format?: Format, options?: CallOptions): ByteStream;
}

/** Options of the failed records of an upload. */
export interface FailedOptions extends CallOptions {
  /** Whether those whose outcome is not known are returned instead. Off by default. */
  unknown?: boolean | undefined;
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

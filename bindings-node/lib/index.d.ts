/**
 * Cloud Elements as a library: webinars and their audiences from BrightTALK, hosted or on a local file.
 *
 * @packageDocumentation
 */

export type {
  Activity,
  Attachment,
  AttachmentAccessSummary,
  Channel,
  Contact,
  Registration,
  Survey,
  SurveyResponse,
  Viewing,
  Webcast,
} from '../records';

/** A record as the platform gives it. */
export type JsonRecord = { [field: string]: unknown };

/** What every call takes. */
export interface CallOptions {
  /** Aborting it drops the call with whatever it does at the vendor. */
  signal?: AbortSignal;
}

/** How to reach a hosted platform. */
export interface HostedOptions {
  /** `ELEMENTKIT_BASE_URL`, else US production. */
  baseUrl?: string;
  /** `ELEMENTKIT_USER_SECRET`. */
  userSecret?: string;
  /** `ELEMENTKIT_ORGANIZATION_SECRET`. */
  organizationSecret?: string;
  /** Plain HTTP beyond this machine; off. */
  allowInsecureHttp?: boolean;
  /** Milliseconds a call may take, retries included, until its answer begins. */
  timeoutMs?: number;
}

/** How to open the engine in this process. */
export interface EmbeddedOptions extends CallOptions {
  /** Another host instead of BrightTALK's, for a sandbox or a proxy. */
  brighttalkUrl?: string;
  /** Whether parked bulk jobs go on by themselves; `auto`. */
  workers?: 'auto' | 'manual';
  /** Milliseconds a call may take until its answer begins; no limit but the engine's own. */
  timeoutMs?: number;
}

/** A call of any kind. */
export interface RequestOptions extends CallOptions {
  /** Query parameters. */
  query?: { [name: string]: string };
  /** The body. */
  json?: unknown;
  /** An instance's Element token, for calls that are its own. */
  token?: string;
  /** Milliseconds until the answer begins. */
  timeoutMs?: number;
}

/** The answer of {@link Platform.request}. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The request id. */
  requestId?: string;
  /** The body. */
  bytes: Uint8Array;
  /** The body as JSON; null when it is empty. */
  json(): unknown;
}

/** A platform: the engine in this process, or one on the network. */
export class Platform {
  private constructor();
  /** A Cloud Elements or Open Connectors platform, or an `elementkit serve`. Nothing is sent yet. */
  static hosted(options?: HostedOptions): Platform;
  /** The engine on a database file; no platform account is needed. The file is created when it is not there. */
  static embedded(database: string | URL, options?: EmbeddedOptions): Promise<Platform>;
  /** The instances of the calling user. */
  readonly instances: Instances;
  /** Any call, by its path below `/elements/api-v2`. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Ends the platform; bulk jobs of an embedded one are parked. Twice does no harm. */
  close(): Promise<void>;
  /** For `await using`, where the runtime has it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What an instance is made of. */
export interface NewInstance extends CallOptions {
  /** The element's key, for instance `brighttalk`. */
  element: string;
  /** A name, 1 to 255 characters. */
  name: string;
  /** Its configuration. */
  configuration: { [key: string]: string | number | boolean };
  /** Tags; its name when not given. */
  tags?: string[];
}

/** The instances of a platform. */
export class Instances {
  private constructor();
  /** Creates an instance; the vendor checks the credentials first. */
  create(instance: NewInstance): Promise<Instance>;
  /** One instance by its id. */
  get(id: number, options?: CallOptions): Promise<Instance>;
  /** Every instance, by ascending id, without configuration. */
  list(options?: CallOptions): Promise<JsonRecord[]>;
  /** Deletes an instance with its jobs and their files. */
  delete(id: number, options?: CallOptions): Promise<void>;
  /** An instance of which only the Element token is known; it is not looked up. */
  withToken(token: string): Instance;
}

/** What a list is narrowed to. */
export interface ListOptions extends CallOptions {
  /** A CEQL condition, for instance `lastUpdated > '2026-01-01'`. */
  where?: string;
  /** Only these fields, comma-separated. */
  fields?: string;
  /** For instance `lastUpdated desc`; the platform then reads the whole list first. */
  orderBy?: string;
  /** 1 to 5000; 200. */
  pageSize?: number;
  /** Other query parameters, for instance `since`. */
  params?: { [name: string]: string };
}

/** An instance: an element connected with credentials. */
export class Instance {
  private constructor();
  /** Its id; undefined when only its token is known. */
  readonly id?: number;
  /** What the platform says of it; secrets are masked, the token is there. */
  readonly details?: JsonRecord;
  /** Its Element token. A secret. */
  readonly token: string;
  /** Its bulk jobs. */
  readonly bulk: Bulk;
  /** Checks with the vendor that the credentials work. */
  ping(options?: CallOptions): Promise<void>;
  /** The names of its objects. */
  objects(options?: CallOptions): Promise<string[]>;
  /** A list of records, read when it is iterated over. */
  records<T = JsonRecord>(resource: string, options?: ListOptions): Records<T>;
}

/** One page of records. */
export interface Page<T = JsonRecord> {
  /** The records. */
  records: T[];
  /** Leads to the next page. */
  next?: string;
  /** How many there are, when asked for with `returnCount`. */
  total?: number;
  /** What the platform remarks. */
  warning?: string;
}

/** A list of records. The next page is asked for when the reader gets there. */
export class Records<T = JsonRecord> implements AsyncIterable<T> {
  private constructor();
  /** One page: the first, or the one a token leads to. */
  page(token?: string): Promise<Page<T>>;
  /** Every page in order. */
  pages(): AsyncGenerator<Page<T>, void, void>;
  /** Every record in order. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, void>;
  /** The records as an array, at most `limit`. */
  toArray(options?: { limit?: number }): Promise<T[]>;
}

/** What a query is narrowed to. */
export interface BulkOptions extends CallOptions {
  /** Only records changed at or after this ISO-8601 date. */
  from?: string;
  /** Only records changed at or before this ISO-8601 date. */
  to?: string;
}

/** The bulk jobs of an instance. */
export class Bulk {
  private constructor();
  /** Starts a job, for instance `select * from contacts where lastUpdated > '2026-01-01'`. */
  query(statement: string, options?: BulkOptions): Promise<Job>;
  /** A job known by its id. */
  job(id: string, options?: CallOptions): Promise<Job>;
  /** The newest jobs, newest first; at most one page of them. */
  list(options?: CallOptions): Promise<JsonRecord[]>;
}

/** How far a job is, where the platform says so. */
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

/** Where a job stands. */
export interface JobStatus {
  /** The job. */
  id: string;
  /** `CREATED`, `RUNNING`, `COMPLETED`, `ABORTED`, `CANCELLED` or another word. */
  status: string;
  /** The object it reads. */
  objectName?: string;
  /** Records written. */
  recordsCount?: number;
  /** Records that failed. */
  recordsFailedCount?: number;
  /** Why it was aborted. */
  error?: string;
  /** How far it is. */
  progress?: Progress;
  [member: string]: unknown;
}

/** Formats of a result. */
export type Format = 'csv' | 'json' | 'jsonl';

/** A bulk job. */
export class Job {
  private constructor();
  /** Its id. */
  readonly id: string;
  /** Where it stands. */
  status(options?: CallOptions): Promise<JobStatus>;
  /** Its figures. */
  report(options?: CallOptions): Promise<JsonRecord>;
  /** Its status now and again, until it has ended; then throws when it ended without success. */
  statuses(options?: CallOptions): AsyncGenerator<JobStatus, void, void>;
  /** Waits for the end and answers the last status; throws `JobFailedError` or `JobCancelledError` without success. */
  wait(options?: CallOptions & { onProgress?: (status: JobStatus) => void }): Promise<JobStatus>;
  /** Asks it to end. */
  cancel(options?: CallOptions): Promise<JobStatus>;
  /** Goes on with an aborted or cancelled job; nothing is lost or repeated. */
  resume(options?: CallOptions): Promise<JobStatus>;
  /** The rows that failed. */
  errors(options?: CallOptions): AsyncGenerator<JsonRecord, void, void>;
  /** Writes the result into a file and answers its size; the file appears only when it is whole. */
  download(path: string, options?: CallOptions & { format?: Format }): Promise<number>;
  /** The result as a stream of bytes, read as fast as it is consumed. */
  stream(format?: Format, options?: CallOptions): ReadableStream<Uint8Array>;
}

/** BrightTALK, the first element. */
export const brighttalk: {
  /** Creates an instance. The credentials are `BRIGHTTALK_API_KEY` and `BRIGHTTALK_API_SECRET` when not given. */
  connect(
    platform: Platform,
    options?: CallOptions & {
      name?: string;
      apiKey?: string;
      apiSecret?: string;
      staging?: boolean;
      keepWithoutEmail?: boolean;
    },
  ): Promise<Instance>;
};

/** The root of all errors of this package. */
export class ElementKitError extends Error {
  /** The stable code of the kind. */
  readonly code: string;
  /** The HTTP status, if there was an answer. */
  readonly status?: number;
  /** The vendor's own words. */
  readonly providerMessage?: string;
  /** To quote to support. */
  readonly requestId?: string;
  /** What to do about it. */
  readonly hint?: string;
  /** How long to wait before trying again. */
  readonly retryAfterMs?: number;
}
/** An option or argument cannot be used; nothing was sent. */
export class ConfigError extends ElementKitError {}
/** The platform refused what was asked. */
export class InvalidRequestError extends ElementKitError {}
/** Credentials were refused: the platform's or, with a provider message, the vendor's. */
export class AuthenticationError extends ElementKitError {}
/** The credentials are right but do not allow this. */
export class PermissionDeniedError extends ElementKitError {}
/** What was addressed does not exist. */
export class NotFoundError extends ElementKitError {}
/** It exists already, or something still refers to it. */
export class ConflictError extends ElementKitError {}
/** The vendor's rate limit was hit. */
export class RateLimitedError extends ElementKitError {}
/** The vendor failed or cannot be reached. */
export class VendorError extends ElementKitError {}
/** No answer in time. */
export class TimeoutError extends ElementKitError {}
/** The platform failed. */
export class ServerError extends ElementKitError {}
/** No connection could be made; nothing was sent. */
export class ConnectError extends ElementKitError {}
/** The connection broke. */
export class TransportError extends ElementKitError {}
/** An answer could not be understood. */
export class DecodeError extends ElementKitError {}
/** A bulk job ended without success; it can be resumed. */
export class JobFailedError extends ElementKitError {}
/** A bulk job was cancelled; it can be resumed. */
export class JobCancelledError extends ElementKitError {}
/** The database or a file failed. */
export class StorageError extends ElementKitError {}
/** The platform does not have this. */
export class UnsupportedError extends ElementKitError {}
/** The platform was closed. */
export class ClosedError extends ElementKitError {}
/** A fault in ElementKit; please report it. */
export class InternalError extends ElementKitError {}

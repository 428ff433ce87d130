/**
 * Cloud Elements as a library: webinars and their audiences from BrightTALK, hosted or on a local file.
 *
 * @packageDocumentation
 */
// long: the declarations of the package are one document, which editors open.

import type * as generated from '../options';
import type { ResourceRecords } from '../records';

export type {
  Activity,
  Attachment,
  AttachmentAccessSummary,
  Channel,
  Contact,
  Integer,
  Registration,
  ResourceRecords,
  Survey,
  SurveyResponse,
  Viewing,
  Webcast,
} from '../records';

/** A record as the platform gives it. */
export type JsonRecord = { [field: string]: unknown };

/** The result of {@link Job.stream}, which is a stream for the web and for Node's own modules. */
export type ByteStream = ReadableStream<Uint8Array> & import('node:stream/web').ReadableStream<Uint8Array>;

/** A target of {@link Job.download}. */
export type ByteTarget = WritableStream<Uint8Array> | import('node:stream/web').WritableStream<Uint8Array>;

/**
 * Type of integers beyond 2^53, which a number cannot hold: `bigint`, string, or the nearest number. All other integers
 * are numbers. Bigints are accepted in conditions, as ids, and wherever a value is sent as JSON.
 */
export type Integers = 'bigint' | 'text' | 'number';

/**
 * Policy for warnings of the platform, most often about a field that no record has. `report` emits each as an
 * {@link ElementKitWarning} of the process; `deny` makes it an {@link InvalidRequestError}, and cancels a job that was
 * started; `ignore` does nothing. Pages and jobs carry their warnings in any case.
 */
export type Warnings = 'report' | 'deny' | 'ignore';

/**
 * A warning of the platform, as passed to `process.on('warning', …)`. `node --disable-warning=ElementKitWarning` hides
 * them.
 */
export class ElementKitWarning extends Error {
  private constructor();
  readonly name: 'ElementKitWarning';
  /** The stable code of its kind. Node prints it before the message. */
  readonly code: WarningCode;
  /** The field or parameter it is about. */
  readonly field: string | undefined;
  /** The name that was probably meant. */
  readonly suggestion: string | undefined;
}

/** The stable codes of warnings; a newer platform may have more. */
export type WarningCode = 'unknown_field' | 'invalid_date' | 'ignored_parameter' | 'adjusted' | 'empty_range' | 'other';

/** Options of every call. */
export interface CallOptions {
  /** Aborting it drops the call with its calls to the vendor. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the response, for iterators and streams until the next item; then the call is dropped and fails
   * with a {@link TimeoutError}.
   */
  timeoutMs?: number | undefined;
}

/** Receives the library's log. `ELEMENTKIT_LOG` sets the filter; `info` and above by default. */
export interface Logger {
  error?(text: string): void;
  warn?(text: string): void;
  info?(text: string): void;
  debug?(text: string): void;
}

/** Further options of every platform. */
export interface PlatformOptions {
  /** Receives the log of this platform, and of the work it starts. */
  logger?: Logger | undefined;
  /** Type of integers beyond 2^53; `bigint` by default. */
  integers?: Integers | undefined;
}

/** Options of a hosted platform. */
export interface HostedOptions extends PlatformOptions, generated.HostedOptions {}

/** Stores vault keys under names, in a keychain or a secret manager. Older backups need the keys of earlier names. */
export interface VaultKeys {
  /** Returns the key stored under this name; `undefined` or `null` if it does not exist. */
  load(name: string): Uint8Array | null | undefined | Promise<Uint8Array | null | undefined>;
  /** Stores a new key of 32 bytes under this name. It is needed as long as the database is used. */
  store(name: string, key: Uint8Array): void | Promise<void>;
}

/** Options of the engine in this process. */
export interface EmbeddedOptions extends PlatformOptions, generated.EmbeddedOptions {
  /** Aborting it ends the opening. */
  signal?: AbortSignal | undefined;
  /**
   * The vault key, if the program stores it instead of a file beside the database: the 32 bytes of the key, or a store
   * of keys. A copy of the database cannot be read without its key.
   */
  vaultKeys?: Uint8Array | VaultKeys | undefined;
}

/** A call of any kind. */
export interface RequestOptions extends CallOptions {
  /** Query parameters. */
  query?: Scalars | undefined;
  /** Headers. Those of the client itself, such as `Authorization`, cannot be set. */
  headers?: Headers | readonly (readonly [string, string])[] | { readonly [name: string]: string } | undefined;
  /** The body. */
  json?: unknown;
  /** Element token of an instance, for calls of that instance. */
  token?: string | undefined;
  /** Policy for warnings, instead of the platform's policy. */
  warnings?: Warnings | undefined;
}

/** The response of {@link Platform.request}. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The request id. */
  requestId?: string;
  /** All headers, for instance `Elements-Next-Page-Token`. */
  headers: Headers;
  /** The body. */
  bytes: Uint8Array;
  /** Returns the body as JSON; `null` if it is empty. */
  json(): unknown;
}

/** A platform: the engine in this process, or one on the network. */
export class Platform {
  private constructor();
  /** Connects to a Cloud Elements or Open Connectors platform, or to `elementkit serve`. Nothing is sent yet. */
  static hosted(options?: HostedOptions): Platform;
  /** Opens the engine on a database file; no platform account is needed. The file is created if it does not exist. */
  static embedded(database: string | URL, options?: EmbeddedOptions): Promise<Platform>;
  /** Opens the engine on the database file `ELEMENTKIT_DATABASE`; by default `elementkit.db` in the current folder. */
  static embeddedFromEnv(options?: EmbeddedOptions): Promise<Platform>;
  /** The instances of the calling user. */
  readonly instances: Instances;
  /** Returns the object definitions of a level; `organization` by default. */
  definitions(options?: LevelOptions): Definitions;
  /** Returns the transformations of a level and an element; by default those of BrightTALK in the organization. */
  transformations(options?: LevelOptions & { element?: string }): Transformations;
  /** Shapes as the result of all levels. */
  readonly commonResources: CommonResources;
  /** Returns the elements of the platform. */
  elements(options?: CallOptions): Promise<JsonRecord[]>;
  /** Sends any call, by its path below `/elements/api-v2`; the method in any case. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Closes the platform; bulk jobs of an embedded one are parked. Calling it again has no effect. */
  close(): Promise<void>;
  /** Closes the platform, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A new instance. */
export interface NewInstance extends CallOptions {
  /** The element's key, for instance `brighttalk`. */
  element: string;
  /** A name, 1 to 255 characters. */
  name: string;
  /** Its configuration. */
  configuration?: Scalars | undefined;
  /** Tags; by default its name. */
  tags?: readonly string[] | undefined;
}

/** The instances of a platform. */
export class Instances {
  private constructor();
  /** Creates an instance; the vendor checks the credentials first. */
  create(instance: NewInstance): Promise<Instance>;
  /**
   * Returns the instance of this element and name, and creates it if it does not exist. An existing instance gets this
   * configuration, and these tags if any, so a program can connect on each run. If several instances have the name, the
   * oldest is used. The credentials are verified with the vendor every time. Concurrent callers, in any number of
   * processes, get one instance.
   */
  connect(instance: NewInstance): Promise<Instance>;
  /**
   * Connects as {@link connect}; the default name is that of the element, and missing configuration comes from the
   * environment variables of the element, for instance `BRIGHTTALK_API_KEY` and `BRIGHTTALK_API_SECRET`.
   */
  connectFromEnv(instance: Omit<NewInstance, 'name'> & { name?: string | undefined }): Promise<Instance>;
  /** Returns an instance by its id. */
  get(id: number | bigint, options?: CallOptions): Promise<Instance>;
  /**
   * Returns the instance whose id is `ELEMENTKIT_INSTANCE`, else the only instance. Fails with a {@link NotFoundError}
   * if there is no instance, and with a {@link ConfigError} if there are several.
   */
  only(options?: CallOptions): Promise<Instance>;
  /** Returns the instances that match the text and have all of the tags, by ascending id, without configuration. */
  list(
    options?: CallOptions & { search?: string | undefined; tags?: readonly string[] | undefined },
  ): Promise<JsonRecord[]>;
  /** Returns the number of instances, in total and by element. */
  count(options?: CallOptions): Promise<JsonRecord>;
  /** Deletes an instance with its jobs and their files. */
  delete(id: number | bigint, options?: CallOptions): Promise<void>;
  /** Returns the instance of an Element token, without looking it up. */
  withToken(token: string): Instance;
}

/** Restrictions of a list. */
export interface ListOptions<T = JsonRecord> extends CallOptions {
  /** A CEQL condition, for instance `lastUpdated > '2026-01-01'`; see {@link ceql} and {@link field}. */
  where?: string | Expression | undefined;
  /** Only these fields: a list, or a string with commas. */
  fields?: string | readonly FieldOf<T>[] | undefined;
  /** For instance `lastUpdated desc`; the platform then reads the whole list first. */
  orderBy?: string | undefined;
  /** 1 to 5000; 200 by default. */
  pageSize?: number | undefined;
  /** Other query parameters, for instance `since`. */
  params?: Scalars | undefined;
  /** Policy for warnings, instead of the platform's policy. */
  warnings?: Warnings | undefined;
}

/** The name of a field of a record, or a path that begins with one. */
export type FieldOf<T> = string extends keyof T ? string : (keyof T & string) | `${keyof T & string}.${string}`;

/** The type of the records of a resource, by its name or path; {@link JsonRecord} if that is not known. */
export type RecordOf<R extends string> = R extends keyof ResourceRecords ? ResourceRecords[R] : JsonRecord;

/**
 * The options of a list with an explicit type. The type is not inferred from them: a misspelt field would create a new
 * type.
 */
export type NamedOptions<T> = [T] extends [never] ? never : ListOptions<[T][T extends unknown ? 0 : never]>;

/** Values that are sent as strings. */
export type Scalars = { readonly [name: string]: string | number | bigint | boolean | undefined };

/** Changes of an instance. */
export interface InstanceChange {
  /** A name. */
  name?: string | undefined;
  /** All of its tags. */
  tags?: readonly string[] | undefined;
  /** Configuration by key. */
  configuration?: { readonly [key: string]: string | number | bigint | boolean | null | undefined } | undefined;
}

/** Owner of shapes and mappings. */
export interface LevelOptions {
  /** `organization` by default. */
  level?: 'organization' | 'account' | undefined;
  /** An account; by default the caller's. */
  id?: number | bigint | undefined;
}

/** An instance: an element connected with credentials. */
export class Instance {
  private constructor();
  /** Its id; `undefined` if only its token is known. A bigint or string only beyond 2^53, see {@link Integers}. */
  readonly id: number | undefined;
  /** Its description by the platform, with its token; secrets are masked. */
  readonly details: JsonRecord | undefined;
  /** Its Element token. A secret. */
  readonly token: string;
  /** Its bulk jobs. */
  readonly bulk: Bulk;
  /** Its own object definitions. */
  readonly definitions: Definitions;
  /** Its own transformations. */
  readonly transformations: Transformations;
  /** Replaces the given members; configuration that is not given is reset to its default. */
  update(change: InstanceChange, options?: CallOptions): Promise<JsonRecord>;
  /** Changes only the given members; a configuration value of `null` is reset to its default. */
  patch(change: InstanceChange, options?: CallOptions): Promise<JsonRecord>;
  /** Enables it again. */
  enable(options?: CallOptions): Promise<void>;
  /** Disables it: resource calls and new bulk jobs are rejected until it is enabled again. */
  disable(options?: CallOptions): Promise<void>;
  /** Deletes it with its jobs and their files. */
  delete(options?: CallOptions): Promise<void>;
  /** Returns the entries of its configuration; secrets are masked. */
  configuration(options?: CallOptions): Promise<JsonRecord[]>;
  /** Sets one entry of {@link configuration} by its id; `null` resets it to its default. */
  configure(item: number | bigint, value: string | number | boolean | null, options?: CallOptions): Promise<JsonRecord>;
  /** Replaces its Element token and returns the new one; the old one is invalid at once. */
  rotateToken(options?: CallOptions): Promise<string>;
  /** Returns the platform's extensions for it, for instance `bulk-resume`. */
  capabilities(options?: CallOptions): Promise<string[]>;
  /**
   * Pulls the records that changed since the last pull, or all records without a state. Read the rows, then store
   * {@link Sync.state} for the next pull. Upsert rows by their primary key: pulls overlap, so that nothing is missed.
   */
  sync(object: string, state?: string | null, options?: SyncOptions): Promise<Sync>;
  /** Checks with the vendor that the credentials work. */
  ping(options?: CallOptions): Promise<void>;
  /** Returns the names of its objects. */
  objects(options?: CallOptions): Promise<string[]>;
  /**
   * Returns a list of records, which is read when it is iterated over. The resource name determines the type of its
   * records.
   */
  records<R extends string>(resource: R, options?: ListOptions<RecordOf<R>>): Records<RecordOf<R>>;
  /** Returns a list of records of an explicit type, for instance of a custom shape. */
  records<T extends object = never>(resource: string, options?: NamedOptions<T>): Records<T>;
}

/** One page of records. */
export interface Page<T = JsonRecord> {
  /** The records. */
  records: T[];
  /** Token of the next page. */
  next?: string;
  /** Total number of records, if requested with `returnCount`. */
  total?: number;
  /** Warnings about parts of the request that the platform ignored, adjusted or questions. */
  warnings: ElementKitWarning[];
  /** The warnings as the platform's text. */
  warning?: string;
}

/** A list of records. The next page is requested when the reader reaches it. */
export class Records<T = JsonRecord> implements AsyncIterable<T> {
  private constructor();
  /** Returns the first page, or the page of a token. */
  page(token?: string | null): Promise<Page<T>>;
  /** Iterates over the pages in order. */
  pages(): AsyncGenerator<Page<T>, void, void>;
  /** Iterates over the records in order. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  /** Returns the records as an array, at most `limit`. */
  toArray(options?: { limit?: number | undefined }): Promise<T[]>;
}

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

/** Object definitions of a level: custom shapes. */
export class Definitions {
  private constructor();
  /** Returns the definitions of the level by name. */
  list(options?: CallOptions): Promise<{ [name: string]: JsonRecord }>;
  /** Returns it by its name. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /** Creates a definition, for instance `{ fields: [{ path: 'mail', type: 'string' }] }`. */
  create(name: string, definition: object, options?: CallOptions): Promise<JsonRecord>;
  /** Replaces its fields. */
  replace(name: string, definition: object, options?: CallOptions): Promise<JsonRecord>;
  /** Renames it with its transformations at this level. */
  rename(name: string, newName: string, options?: CallOptions): Promise<void>;
  /** Deletes it; fails with a {@link ConflictError} while a transformation of the level uses it. */
  delete(name: string, options?: CallOptions): Promise<void>;
}

/** Transformations of a level, which map shapes to the objects of an element. */
export class Transformations {
  private constructor();
  /** Returns the transformations of the level by the name of their shape. */
  list(options?: CallOptions): Promise<{ [name: string]: JsonRecord }>;
  /** Returns it by its name. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /**
   * Creates the transformation of a shape, for instance
   * `{ vendorName: 'contacts', fields: [{ path: 'mail', vendorPath: 'email' }] }`.
   */
  create(name: string, transformation: object, options?: CallOptions): Promise<JsonRecord>;
  /** Replaces it. */
  replace(name: string, transformation: object, options?: CallOptions): Promise<JsonRecord>;
  /** Deletes it. */
  delete(name: string, options?: CallOptions): Promise<void>;
  /** Returns a record, or an array of them, as mapped by the transformation, without calling the vendor. */
  execute(name: string, payload: unknown, options?: CallOptions & { toVendor?: boolean | undefined }): Promise<unknown>;
}

/** Shapes as the result of all levels. */
export class CommonResources {
  private constructor();
  /** Returns the common resources that the caller sees. */
  list(options?: CallOptions): Promise<JsonRecord[]>;
  /** Returns it by its name. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /** Creates or replaces a common resource by its `name`. */
  save(resource: object, options?: CallOptions): Promise<JsonRecord>;
  /** Renames it. */
  rename(name: string, newName: string, options?: CallOptions): Promise<void>;
  /** Deletes it. */
  delete(name: string, options?: CallOptions): Promise<void>;
}

/** A value in a condition. */
export type Literal = string | number | bigint | boolean | Date;

/** A condition; as a string it is CEQL. */
export class Expression {
  private constructor();
  /** Matches records that meet both conditions. */
  and(other: Expression): Expression;
  /** Matches records that meet at least one condition. */
  or(other: Expression): Expression;
  /** Matches records that do not meet this condition. */
  not(): Expression;
  /** Returns the condition as CEQL. */
  toString(): string;
}

/** A field of a record; its comparisons are an {@link Expression}. */
export class Field {
  private constructor();
  /** Equals; `null` tests for absence. */
  eq(value: Literal | null): Expression;
  /** Is present and does not equal. */
  ne(value: Literal | null): Expression;
  /** Less. */
  lt(value: Literal): Expression;
  /** Less or equal. */
  le(value: Literal): Expression;
  /** Greater. */
  gt(value: Literal): Expression;
  /** Greater or equal. */
  ge(value: Literal): Expression;
  /** Matches a pattern in which `%` matches anything, ignoring case. */
  like(pattern: string): Expression;
  /** Equals one of these values; at least one is required. */
  in(values: readonly Literal[]): Expression;
  /** Is absent. */
  isNull(): Expression;
  /** Is present. */
  isNotNull(): Expression;
}

/** Returns a field by its name or dotted path, quoted if necessary. */
export function field(name: string): Field;

/** Builds a condition from a template whose values are quoted: ``ceql`email = ${email} AND id IN (${ids})` ``. */
export function ceql(
  parts: TemplateStringsArray,
  ...values: (Literal | readonly Literal[] | Expression | null)[]
): Expression;

/**
 * Returns whether a callback was signed with this key (the instance's `event.notification.signature.key`), compared in
 * constant time. Verify before parsing the body; the signature is the header `Elements-Webhook-Signature`. Returns
 * `false` without a body and without exactly one signature. Throws a {@link ConfigError} for an empty key, with which
 * anyone can sign, and for a parsed body.
 */
export function verifyWebhook(
  key: string,
  body: Uint8Array | string | null | undefined,
  signature: string | readonly string[] | null | undefined,
): boolean;

/** BrightTALK, the first element. */
export const brighttalk: {
  /**
   * Connects BrightTALK as {@link Instances.connect}: returns the instance of this name (`BrightTALK` by default) with
   * these credentials and settings, and creates it if it does not exist. Use a distinct name for each vendor account.
   * The default credentials are `BRIGHTTALK_API_KEY` and `BRIGHTTALK_API_SECRET`.
   */
  connect(
    platform: Platform,
    options?: CallOptions & {
      name?: string | undefined;
      tags?: readonly string[] | undefined;
      apiKey?: string | undefined;
      apiSecret?: string | undefined;
      staging?: boolean | undefined;
      keepWithoutEmail?: boolean | undefined;
    },
  ): Promise<Instance>;
};

// Codes of the kinds, generated from core.
/** The stable codes of the kinds of errors. */
export type ErrorCode =
  | 'config'
  | 'invalid_request'
  | 'authentication'
  | 'permission_denied'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'vendor'
  | 'timeout'
  | 'server'
  | 'connect'
  | 'transport'
  | 'decode'
  | 'job_failed'
  | 'job_cancelled'
  | 'storage'
  | 'unsupported'
  | 'closed'
  | 'internal';
// End of Codes of the kinds.

/** Details of an error besides its message. */
export interface ErrorDetails {
  status?: number | undefined;
  providerMessage?: string | undefined;
  requestId?: string | undefined;
  hint?: string | undefined;
  retryAfterMs?: number | undefined;
  retryable?: boolean | undefined;
  unreachable?: boolean | undefined;
  failure?: JobFailure | undefined;
  cause?: unknown;
}

/** The root of all errors of this package. */
export class ElementKitError extends Error {
  constructor(message: string, details?: ErrorDetails);
  /** The stable code of the kind. */
  readonly code: ErrorCode;
  /** The HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** The vendor's message. */
  readonly providerMessage: string | undefined;
  /** Id of the request, to quote to support. */
  readonly requestId: string | undefined;
  /** Suggested solution. */
  readonly hint: string | undefined;
  /** Time to wait before trying again. */
  readonly retryAfterMs: number | undefined;
  /** Whether the same call may succeed later without a change; for a failed job, whether resuming it may. */
  readonly retryable: boolean | undefined;
  /**
   * Whether no connection could be made, to the platform or from it to the vendor, hosted and embedded alike: most
   * often this device is offline. Nothing was sent then.
   */
  readonly unreachable: boolean | undefined;
  /** The cause of a failed job, if the platform sends it. */
  readonly failure: JobFailure | undefined;
  /** Returns the value for `JSON.stringify`: name, message, code, details and cause. */
  toJSON(): { name: string; message: string; code: ErrorCode } & ErrorDetails;
}
// Classes of the kinds, generated from core.
/** An option, a setting or an argument cannot be used; nothing was sent. */
export class ConfigError extends ElementKitError {
  readonly code: 'config';
}
/**
 * The platform rejected the request: a parameter, a query, a body or a script is wrong (400, 405, 406, 413, 415, 416,
 * 431).
 */
export class InvalidRequestError extends ElementKitError {
  readonly code: 'invalid_request';
}
/** Credentials were refused (401): those of the platform or, with a provider message, those of the vendor. */
export class AuthenticationError extends ElementKitError {
  readonly code: 'authentication';
}
/** The credentials are right but do not allow this, or the instance is disabled (403). */
export class PermissionDeniedError extends ElementKitError {
  readonly code: 'permission_denied';
}
/** The requested object does not exist (404). */
export class NotFoundError extends ElementKitError {
  readonly code: 'not_found';
}
/** The object already exists, or another one still refers to it (409). */
export class ConflictError extends ElementKitError {
  readonly code: 'conflict';
}
/** The vendor's rate limit was exceeded (429); the error has the time to wait, if it is known. */
export class RateLimitedError extends ElementKitError {
  readonly code: 'rate_limited';
}
/** The vendor failed, could not be reached or sent an unreadable response (502). */
export class VendorError extends ElementKitError {
  readonly code: 'vendor';
}
/** No response in time (504, or a deadline of the client). */
export class TimeoutError extends ElementKitError {
  readonly code: 'timeout';
}
/** The platform itself failed (500 and other 5xx). */
export class ServerError extends ElementKitError {
  readonly code: 'server';
}
/** The platform could not be reached; nothing was sent. */
export class ConnectError extends ElementKitError {
  readonly code: 'connect';
}
/** The connection to the platform broke; a change may or may not have been made. */
export class TransportError extends ElementKitError {
  readonly code: 'transport';
}
/** The platform's response could not be understood, or led elsewhere. */
export class DecodeError extends ElementKitError {
  readonly code: 'decode';
}
/** A bulk job ended without success; resume it when the cause is gone. */
export class JobFailedError extends ElementKitError {
  readonly code: 'job_failed';
}
/** A bulk job was cancelled. */
export class JobCancelledError extends ElementKitError {
  readonly code: 'job_cancelled';
}
/** The database, the vault or a file failed: full disk, read-only path, newer version, missing key. */
export class StorageError extends ElementKitError {
  readonly code: 'storage';
}
/** This build or this platform lacks the feature. */
export class UnsupportedError extends ElementKitError {
  readonly code: 'unsupported';
}
/** The platform object was closed. */
export class ClosedError extends ElementKitError {
  readonly code: 'closed';
}
/** A fault in ElementKit itself. */
export class InternalError extends ElementKitError {
  readonly code: 'internal';
}
// End of Classes of the kinds.

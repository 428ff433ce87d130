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
 * How integers arrive that a number cannot hold, which are those beyond 2^53: as `bigint`, as text, or as the nearest number. All
 * others are numbers. Bigints can be given back: in conditions, as ids, and wherever a value is sent as JSON.
 */
export type Integers = 'bigint' | 'text' | 'number';

/**
 * What is done with warnings of the platform: most often a field that no record has. `report` emits each as an
 * {@link ElementKitWarning} of the process, `deny` makes it an {@link InvalidRequestError}, and cancels a job that was started;
 * `ignore` does nothing. Pages and jobs carry their warnings in any case.
 */
export type Warnings = 'report' | 'deny' | 'ignore';

/** A warning of the platform, as `process.on('warning', …)` gets it. `node --disable-warning=ElementKitWarning` hides them. */
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

/** What every call takes. */
export interface CallOptions {
  /** Aborting it drops the call with whatever it does at the vendor. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the answer, for iterators and streams until the next item; then the call is dropped and fails with a
   * {@link TimeoutError}.
   */
  timeoutMs?: number | undefined;
}

/** Whoever takes the library's log. `ELEMENTKIT_LOG` says how much there is; `info` and above without it. */
export interface Logger {
  error?(text: string): void;
  warn?(text: string): void;
  info?(text: string): void;
  debug?(text: string): void;
}

/** What every platform takes besides. */
export interface PlatformOptions {
  /** Takes the log of this platform, and of the work it starts. */
  logger?: Logger | undefined;
  /** How integers beyond 2^53 arrive; `bigint`. */
  integers?: Integers | undefined;
}

/** How to reach a hosted platform. */
export interface HostedOptions extends PlatformOptions, generated.HostedOptions {}

/** Keeps vault keys under names, in a keychain or a secret manager. Keys of earlier names are kept for older backups. */
export interface VaultKeys {
  /** Returns the key kept under this name; undefined or null if there is none. */
  load(name: string): Uint8Array | null | undefined | Promise<Uint8Array | null | undefined>;
  /** Keeps a new key of 32 bytes under this name, for as long as the database is to be read. */
  store(name: string, key: Uint8Array): void | Promise<void>;
}

/** How to open the engine in this process. */
export interface EmbeddedOptions extends PlatformOptions, generated.EmbeddedOptions {
  /** Aborting it ends the opening. */
  signal?: AbortSignal | undefined;
  /**
   * Keeps the vault key with the program instead of in a file beside the database: the 32 bytes of the key, or what keeps keys. A
   * copy of the database can be read only by who has its key.
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
  /** An instance's Element token, for calls that are its own. */
  token?: string | undefined;
  /** What is done with warnings, in place of the platform's policy. */
  warnings?: Warnings | undefined;
}

/** The answer of {@link Platform.request}. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The request id. */
  requestId?: string;
  /** All headers, for instance `Elements-Next-Page-Token`. */
  headers: Headers;
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
  /** The engine on the database file that `ELEMENTKIT_DATABASE` names, else on `elementkit.db` in the current folder. */
  static embeddedFromEnv(options?: EmbeddedOptions): Promise<Platform>;
  /** The instances of the calling user. */
  readonly instances: Instances;
  /** Object definitions of a level; `organization` when none is named. */
  definitions(options?: LevelOptions): Definitions;
  /** Transformations of a level, of an element; those of BrightTALK in the organization when not said otherwise. */
  transformations(options?: LevelOptions & { element?: string }): Transformations;
  /** Shapes as all levels together make them. */
  readonly commonResources: CommonResources;
  /** The elements of the platform. */
  elements(options?: CallOptions): Promise<JsonRecord[]>;
  /** Any call, by its path below `/elements/api-v2`; the method in any case. */
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
  configuration?: Scalars | undefined;
  /** Tags; its name when not given. */
  tags?: readonly string[] | undefined;
}

/** The instances of a platform. */
export class Instances {
  private constructor();
  /** Creates an instance; the vendor checks the credentials first. */
  create(instance: NewInstance): Promise<Instance>;
  /**
   * The instance of this element and name: created when there is none, else given this configuration, and these tags if
   * any. So a program may connect each time it runs. The oldest, where several have the name. The credentials are verified
   * with the vendor every time; callers at once, in whatever process, get one instance.
   */
  connect(instance: NewInstance): Promise<Instance>;
  /**
   * As {@link connect}: a name that is not given is that of the element, and configuration that is not given comes from the
   * environment variables of the element, for instance `BRIGHTTALK_API_KEY` and `BRIGHTTALK_API_SECRET`.
   */
  connectFromEnv(instance: Omit<NewInstance, 'name'> & { name?: string | undefined }): Promise<Instance>;
  /** One instance by its id. */
  get(id: number | bigint, options?: CallOptions): Promise<Instance>;
  /**
   * The instance that `ELEMENTKIT_INSTANCE` names by its id, else the only one there is. A {@link NotFoundError} when there is
   * none, a {@link ConfigError} when there are several.
   */
  only(options?: CallOptions): Promise<Instance>;
  /** The instances, by ascending id, without configuration; those that match the text and have all of the tags. */
  list(
    options?: CallOptions & { search?: string | undefined; tags?: readonly string[] | undefined },
  ): Promise<JsonRecord[]>;
  /** How many there are, in all and by element. */
  count(options?: CallOptions): Promise<JsonRecord>;
  /** Deletes an instance with its jobs and their files. */
  delete(id: number | bigint, options?: CallOptions): Promise<void>;
  /** An instance of which only the Element token is known; it is not looked up. */
  withToken(token: string): Instance;
}

/** What a list is narrowed to. */
export interface ListOptions<T = JsonRecord> extends CallOptions {
  /** A CEQL condition, for instance `lastUpdated > '2026-01-01'`; see {@link ceql} and {@link field}. */
  where?: string | Expression | undefined;
  /** Only these fields: a list, or a text with commas. */
  fields?: string | readonly FieldOf<T>[] | undefined;
  /** For instance `lastUpdated desc`; the platform then reads the whole list first. */
  orderBy?: string | undefined;
  /** 1 to 5000; 200. */
  pageSize?: number | undefined;
  /** Other query parameters, for instance `since`. */
  params?: Scalars | undefined;
  /** What is done with warnings, in place of the platform's policy. */
  warnings?: Warnings | undefined;
}

/** The name of a field of a record, or a path that begins with one. */
export type FieldOf<T> = string extends keyof T ? string : (keyof T & string) | `${keyof T & string}.${string}`;

/** The type of the records of a resource, by its name or path; {@link JsonRecord} where that is not known. */
export type RecordOf<R extends string> = R extends keyof ResourceRecords ? ResourceRecords[R] : JsonRecord;

/** The options of a list whose type is named. They do not say which type it is: a misspelt field would make one of its own. */
export type NamedOptions<T> = [T] extends [never] ? never : ListOptions<[T][T extends unknown ? 0 : never]>;

/** Values that are sent as text. */
export type Scalars = { readonly [name: string]: string | number | bigint | boolean | undefined };

/** What is to change of an instance. */
export interface InstanceChange {
  /** A name. */
  name?: string | undefined;
  /** All of its tags. */
  tags?: readonly string[] | undefined;
  /** Configuration by key. */
  configuration?: { readonly [key: string]: string | number | bigint | boolean | null | undefined } | undefined;
}

/** Whose shapes and mappings. */
export interface LevelOptions {
  /** `organization`. */
  level?: 'organization' | 'account' | undefined;
  /** An account; one's own when not given. */
  id?: number | bigint | undefined;
}

/** An instance: an element connected with credentials. */
export class Instance {
  private constructor();
  /** Its id; undefined when only its token is known. A bigint or text only beyond 2^53, see {@link Integers}. */
  readonly id: number | undefined;
  /** What the platform sent of it; secrets are masked, the token is there. */
  readonly details: JsonRecord | undefined;
  /** Its Element token. A secret. */
  readonly token: string;
  /** Its bulk jobs. */
  readonly bulk: Bulk;
  /** Its own object definitions. */
  readonly definitions: Definitions;
  /** Its own transformations. */
  readonly transformations: Transformations;
  /** Replaces what is given; configuration that is not named goes back to its default. */
  update(change: InstanceChange, options?: CallOptions): Promise<JsonRecord>;
  /** Changes what is given and nothing else; a configuration of null goes back to its default. */
  patch(change: InstanceChange, options?: CallOptions): Promise<JsonRecord>;
  /** Lets it be used again. */
  enable(options?: CallOptions): Promise<void>;
  /** Refuses resource calls and new bulk jobs until it is enabled again. */
  disable(options?: CallOptions): Promise<void>;
  /** Deletes it with its jobs and their files. */
  delete(options?: CallOptions): Promise<void>;
  /** Its configuration, one entry each; secrets are masked. */
  configuration(options?: CallOptions): Promise<JsonRecord[]>;
  /** Sets one entry of {@link configuration} by its id; null sets it back to its default. */
  configure(item: number | bigint, value: string | number | boolean | null, options?: CallOptions): Promise<JsonRecord>;
  /** Gives it a new Element token, which is answered; the old one is invalid at once. */
  rotateToken(options?: CallOptions): Promise<string>;
  /** The extensions the platform has for it, for instance `bulk-resume`. */
  capabilities(options?: CallOptions): Promise<string[]>;
  /**
   * Pulls what changed since the last time; everything without a state. Take the rows, then keep {@link Sync.state}
   * for the next time. Rows are to be upserted by their primary key: pulls overlap, so that nothing is missed.
   */
  sync(object: string, state?: string | null, options?: SyncOptions): Promise<Sync>;
  /** Checks with the vendor that the credentials work. */
  ping(options?: CallOptions): Promise<void>;
  /** The names of its objects. */
  objects(options?: CallOptions): Promise<string[]>;
  /** A list of records, read when it is iterated over. The name of a resource says the type of its records. */
  records<R extends string>(resource: R, options?: ListOptions<RecordOf<R>>): Records<RecordOf<R>>;
  /** A list of records of a type that is named, for instance of a shape of your own. */
  records<T extends object = never>(resource: string, options?: NamedOptions<T>): Records<T>;
}

/** One page of records. */
export interface Page<T = JsonRecord> {
  /** The records. */
  records: T[];
  /** Leads to the next page. */
  next?: string;
  /** How many there are, when asked for with `returnCount`. */
  total?: number;
  /** What the platform ignored, adjusted or doubts. */
  warnings: ElementKitWarning[];
  /** The same as the platform's text. */
  warning?: string;
}

/** A list of records. The next page is asked for when the reader gets there. */
export class Records<T = JsonRecord> implements AsyncIterable<T> {
  private constructor();
  /** One page: the first, or the one a token leads to. */
  page(token?: string | null): Promise<Page<T>>;
  /** Every page in order. */
  pages(): AsyncGenerator<Page<T>, void, void>;
  /** Every record in order. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  /** The records as an array, at most `limit`. */
  toArray(options?: { limit?: number | undefined }): Promise<T[]>;
}

/** What a query is narrowed to. */
export interface BulkOptions extends CallOptions {
  /** Only records changed at or after this ISO-8601 date. */
  from?: string | undefined;
  /** Only records changed at or before this ISO-8601 date. */
  to?: string | undefined;
  /** The id of an earlier job, to start where its limit stopped it. */
  continueFrom?: string | undefined;
  /** Where the platform tells of the end; see {@link verifyWebhook}. */
  callbackUrl?: string | undefined;
  /** JSON it sends along. */
  callbackPayload?: unknown;
  /** The name of the file when others download it; `{yyyy-MM-dd HH:mm:ss}` stands for the time. */
  fileName?: string | undefined;
  /** What is done with warnings, in place of the platform's policy. */
  warnings?: Warnings | undefined;
}

/** What a job of the newer form takes (and whatever else the platform knows). */
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
  /** Starts a job by the newer form, without a statement. */
  download(
    object: string,
    members?: DownloadMembers,
    options?: CallOptions & { warnings?: Warnings | undefined },
  ): Promise<Job>;
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

/** Why a job failed: what a live read with the same failure reports, and what the job was doing. */
export interface JobFailure {
  /** The code of the error a live read would fail with. */
  kind: ErrorCode;
  /** The HTTP status of such a read, if the vendor caused the failure. */
  status?: number;
  /** What happened. */
  message: string;
  /** The vendor's own words. */
  providerMessage?: string;
  /** What to do before the job is resumed. */
  hint?: string;
  /** What the job was doing. */
  phase: string;
  /** Whether resuming the job later may succeed without a change. */
  retryable: boolean;
  /** How many seconds after its end the job may be resumed, if the vendor said so. */
  retryAfter?: number;
  /** The request that started or last resumed the job, to quote to support. */
  requestId?: string;
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
  /** Why it was aborted, in parts, where the platform says so. */
  failure?: JobFailure;
  /** How far it is. */
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
  /** What the platform ignored or doubts about the request that started it; empty for a job found by its id. */
  readonly warnings: ElementKitWarning[];
  /** Where it stands. */
  status(options?: CallOptions): Promise<JobStatus>;
  /** Its figures. */
  report(options?: CallOptions): Promise<JsonRecord>;
  /** Its status now and again, until it has ended; then throws when it ended without success. */
  statuses(options?: CallOptions): AsyncGenerator<JobStatus, void, void>;
  /** Waits for the end and answers the last status; throws `JobFailedError` or `JobCancelledError` without success. */
  wait(options?: CallOptions & { onProgress?: ((status: JobStatus) => void) | undefined }): Promise<JobStatus>;
  /** Asks it to end. */
  cancel(options?: CallOptions): Promise<JobStatus>;
  /** Goes on with an aborted or cancelled job; nothing is lost or repeated. */
  resume(options?: CallOptions): Promise<JobStatus>;
  /** The rows that failed. */
  errors(options?: CallOptions): AsyncIterableIterator<JsonRecord>;
  /** Writes the result into a file and answers its size; the file appears only when it is whole. */
  download(path: string | URL, options?: DownloadOptions): Promise<number>;
  /** Writes the result into a web stream, as fast as that takes it, and answers its size. */
  download(target: ByteTarget, options?: DownloadOptions): Promise<number>;
  /** The records in arrays of at most `size` (1000), in their order. */
  batches<T = JsonRecord>(options?: BatchOptions): AsyncGenerator<T[], void, void>;
  /** The result as a stream of bytes, read as fast as it is consumed. */
  stream(format?: Format, options?: CallOptions): ByteStream;
}

/** How a result is written. */
export interface DownloadOptions extends CallOptions {
  /** The format; that of the path's ending, and CSV into a stream. */
  format?: Format | undefined;
}

/** How rows are handed over. */
export interface BatchOptions extends CallOptions {
  /** At most so many at a time; 1000. */
  size?: number | undefined;
}

/** What a pull selects of an object. A state belongs to its selection. */
export interface SyncOptions extends CallOptions {
  /** Only these fields: a list, or a text with commas. */
  fields?: string | readonly string[] | undefined;
  /** Only records that meet this CEQL condition. */
  where?: string | Expression | undefined;
  /** Only records of these channels. */
  channels?: readonly (number | bigint)[] | undefined;
}

/** A list of the vendor that a pull could not read to its end. */
export interface PendingPartition {
  /** The ids above the list: `7` for one of channel 7, `7/300` for one of webcast 300 in it. */
  partition: string;
  /** Why: `forbidden`, `not-found`, `failed-rows`, `gone` or another word. */
  reason: string;
  /** Records of it that failed. */
  failedRows?: number;
  /** Where the next pull starts; absent: at the beginning. */
  watermark?: string;
  /** What the vendor said. */
  message?: string;
}

/** A pull of what changed: its job, its rows, and the state for the next pull once they were taken. */
export class Sync {
  private constructor();
  /** The job. */
  readonly job: Job;
  /** Waits, then writes the rows into a file and answers its size. */
  download(path: string | URL, options?: DownloadOptions): Promise<number>;
  /** Waits, then gives the rows in arrays of at most `size`. */
  batches<T = JsonRecord>(options?: BatchOptions): AsyncGenerator<T[], void, void>;
  /** Waits, then returns what could not be read; the next pull reads it again. Empty when nothing is missing. */
  pending(options?: CallOptions): Promise<PendingPartition[]>;
  /** The state for the next pull, a line of text; fails until the rows were taken to their end. */
  state(options?: CallOptions): Promise<string>;
}

/** Object definitions of a level: shapes of one's own. */
export class Definitions {
  private constructor();
  /** All of the level, by name. */
  list(options?: CallOptions): Promise<{ [name: string]: JsonRecord }>;
  /** One of them. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /** Creates one, for instance of `{ fields: [{ path: 'mail', type: 'string' }] }`. */
  create(name: string, definition: object, options?: CallOptions): Promise<JsonRecord>;
  /** Replaces its fields. */
  replace(name: string, definition: object, options?: CallOptions): Promise<JsonRecord>;
  /** Renames it with its transformations at this level. */
  rename(name: string, newName: string, options?: CallOptions): Promise<void>;
  /** Deletes it; a {@link ConflictError} while a transformation of the level uses it. */
  delete(name: string, options?: CallOptions): Promise<void>;
}

/** Transformations of a level: how shapes map to the objects of an element. */
export class Transformations {
  private constructor();
  /** All of the level, by the name of their shape. */
  list(options?: CallOptions): Promise<{ [name: string]: JsonRecord }>;
  /** One of them. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /** Maps a shape, for instance with `{ vendorName: 'contacts', fields: [{ path: 'mail', vendorPath: 'email' }] }`. */
  create(name: string, transformation: object, options?: CallOptions): Promise<JsonRecord>;
  /** Replaces it. */
  replace(name: string, transformation: object, options?: CallOptions): Promise<JsonRecord>;
  /** Deletes it. */
  delete(name: string, options?: CallOptions): Promise<void>;
  /** What the mapping makes of a record, or of an array of them; the vendor is not asked. */
  execute(name: string, payload: unknown, options?: CallOptions & { toVendor?: boolean | undefined }): Promise<unknown>;
}

/** Shapes as all levels together make them. */
export class CommonResources {
  private constructor();
  /** All that the caller sees. */
  list(options?: CallOptions): Promise<JsonRecord[]>;
  /** One of them. */
  get(name: string, options?: CallOptions): Promise<JsonRecord>;
  /** Creates or replaces one by its `name`. */
  save(resource: object, options?: CallOptions): Promise<JsonRecord>;
  /** Renames it. */
  rename(name: string, newName: string, options?: CallOptions): Promise<void>;
  /** Deletes it. */
  delete(name: string, options?: CallOptions): Promise<void>;
}

/** What a condition compares with. */
export type Literal = string | number | bigint | boolean | Date;

/** A condition; as a text it is CEQL. */
export class Expression {
  private constructor();
  /** Both. */
  and(other: Expression): Expression;
  /** At least one. */
  or(other: Expression): Expression;
  /** Not this one. */
  not(): Expression;
  /** CEQL. */
  toString(): string;
}

/** A field of a record; what is asked of it makes an {@link Expression}. */
export class Field {
  private constructor();
  /** Equals; null asks whether it is absent. */
  eq(value: Literal | null): Expression;
  /** Is there and does not equal. */
  ne(value: Literal | null): Expression;
  /** Less. */
  lt(value: Literal): Expression;
  /** Less or equal. */
  le(value: Literal): Expression;
  /** Greater. */
  gt(value: Literal): Expression;
  /** Greater or equal. */
  ge(value: Literal): Expression;
  /** Matches a pattern in which `%` stands for anything, in any letter case. */
  like(pattern: string): Expression;
  /** Equals one of these; at least one is needed. */
  in(values: readonly Literal[]): Expression;
  /** Is absent. */
  isNull(): Expression;
  /** Is there. */
  isNotNull(): Expression;
}

/** A field, by its name or dotted path; quoted where it must be. */
export function field(name: string): Field;

/** A condition as a template whose values are quoted: ``ceql`email = ${email} AND id IN (${ids})` ``. */
export function ceql(
  parts: TemplateStringsArray,
  ...values: (Literal | readonly Literal[] | Expression | null)[]
): Expression;

/**
 * Whether a callback was signed with this key (the instance's `event.notification.signature.key`); compared in constant
 * time. Verify before parsing the body; the signature is the header `Elements-Webhook-Signature`. False without a body, and without
 * exactly one signature. A {@link ConfigError} for an empty key, with which anyone can sign, and for a body that was parsed.
 */
export function verifyWebhook(
  key: string,
  body: Uint8Array | string | null | undefined,
  signature: string | readonly string[] | null | undefined,
): boolean;

/** BrightTALK, the first element. */
export const brighttalk: {
  /**
   * {@link Instances.connect} for BrightTALK: the instance of this name (`BrightTALK`), made when there is none, with these
   * credentials and settings from now on. Another account of the vendor's is to have a name of its own. The credentials
   * are `BRIGHTTALK_API_KEY` and `BRIGHTTALK_API_SECRET` when not given.
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

/** What an error may tell besides its message. */
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
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** The vendor's own words. */
  readonly providerMessage: string | undefined;
  /** To quote to support. */
  readonly requestId: string | undefined;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** How long to wait before trying again. */
  readonly retryAfterMs: number | undefined;
  /** Whether the same call may succeed later without a change; for a failed job, whether resuming it may. */
  readonly retryable: boolean | undefined;
  /**
   * Whether no connection could be made, to the platform or from it to the vendor, hosted and embedded alike: most often this
   * device is offline. Nothing was sent then.
   */
  readonly unreachable: boolean | undefined;
  /** The cause of a failed job, where the platform says so. */
  readonly failure: JobFailure | undefined;
  /** What `JSON.stringify` writes: name, message, code, details and cause. */
  toJSON(): { name: string; message: string; code: ErrorCode } & ErrorDetails;
}
// Classes of the kinds, generated from core.
/** An option, a setting or an argument cannot be used; nothing was sent. */
export class ConfigError extends ElementKitError {
  readonly code: 'config';
}
/** The platform refused what was asked: a parameter, a query, a body or a script is wrong (400, 405, 406, 413, 415, 416, 431). */
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
/** What was addressed does not exist (404). */
export class NotFoundError extends ElementKitError {
  readonly code: 'not_found';
}
/** It exists already, or something still refers to it (409). */
export class ConflictError extends ElementKitError {
  readonly code: 'conflict';
}
/** The vendor's rate limit was hit (429); the error says how long to wait, when known. */
export class RateLimitedError extends ElementKitError {
  readonly code: 'rate_limited';
}
/** The vendor failed, could not be reached or answered unreadably (502). */
export class VendorError extends ElementKitError {
  readonly code: 'vendor';
}
/** No answer in time (504, or a deadline of the client). */
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
/** The platform's answer could not be understood, or led elsewhere. */
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
/** The database, the vault or a file failed: full disk, read-only place, newer version, missing key. */
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

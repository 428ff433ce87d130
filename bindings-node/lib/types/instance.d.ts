// Instances, their records, and the options of lists.

import type { ResourceRecords } from '../../records';
import type { CallOptions, ElementKitWarning, Integers, JsonRecord, Scalars, Warnings } from './common';
import type { ceql, Expression, field } from './conditions';
import type {
  ConfigError,
  ConflictError,
  InvalidRequestError,
  NotFoundError,
  TimeoutError,
  TransportError,
  VendorError,
} from './errors';
import type { Bulk, Sync, SyncOptions } from './jobs';
import type { Definitions, Transformations } from './shapes';

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
  /**
   * Makes any other call that the element of this instance offers (spec P 7.1); the method in any case. The path is that
   * of a resource, without a hub, for instance `accounts/7/merge`. Anything but `GET` is sent once; it is repeated only
   * if no connection could be made.
   *
   * Fails with a {@link NotFoundError} if the element does not offer the path, and with an {@link InvalidRequestError}
   * of status 405 if it does not offer the method there, otherwise as {@link Records.create}.
   */
  call(method: string, path: string, options?: ResourceCallOptions): Promise<CallAnswer>;
}

/** A call of a resource of any kind. The body is `json` or `bytes`. */
export interface ResourceCallOptions extends CallOptions {
  /** Query parameters. */
  query?: Scalars | undefined;
  /** Headers. Those of the client itself, such as `Authorization`, cannot be set. */
  headers?: Headers | readonly (readonly [string, string])[] | { readonly [name: string]: string } | undefined;
  /** A JSON body. */
  json?: unknown;
  /** A body of bytes instead. */
  bytes?: Uint8Array | undefined;
  /** The media type of `bytes`; `application/octet-stream` by default. */
  contentType?: string | undefined;
  /** Policy for warnings, instead of the platform's policy. */
  warnings?: Warnings | undefined;
}

/** The answer to {@link Instance.call}. A failure is an error, so it has no status. */
export interface CallAnswer {
  /** The request id, to quote to support. */
  requestId?: string;
  /** All headers. */
  headers: Headers;
  /** Parts of the request that the platform ignored, adjusted or questions. */
  warnings: ElementKitWarning[];
  /** The body; empty if there is none. */
  bytes: Uint8Array;
  /** Returns the body as JSON; `null` if it is empty. Throws a `SyntaxError` if it is anything else. */
  json(): unknown;
}

/**
 * A record to write: any object or, if the type of the records is known, its fields. `null` removes the value of a field
 * where the vendor supports that.
 */
export type RecordToWrite<T> = string extends keyof T ? object : { readonly [F in keyof T]?: T[F] | null | undefined };

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

/**
 * A list of records. The next page is requested when the reader reaches it. Its records can be written too: a write is
 * sent once; it is repeated only if no connection could be made. Restrictions of the list, such as `where`, do not apply
 * to writes; other `params` are sent.
 */
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
  /**
   * Creates a record and returns it as the vendor has it, usually with its id; `undefined` if the vendor returns none. A
   * field that the object does not have is an {@link ElementKitWarning}; it is sent nevertheless.
   *
   * Fails with a {@link NotFoundError} if the element does not have the resource, with an {@link InvalidRequestError} of
   * status 405 if it does not create such records, with an {@link InvalidRequestError} or a {@link ConflictError} if the
   * vendor rejects it. After a {@link TimeoutError}, {@link TransportError} or {@link VendorError} the record may have
   * been created, and `hint` says so if that is possible; the same goes for an aborted call.
   */
  create(record: RecordToWrite<T>, options?: CallOptions): Promise<T | undefined>;
  /**
   * Replaces the record with this id: fields that the new one leaves out are gone. Fails with a {@link NotFoundError} if
   * there is no such record, with a {@link ConfigError} if the id is empty, otherwise as {@link create}.
   */
  replace(id: string | number | bigint, record: RecordToWrite<T>, options?: CallOptions): Promise<T | undefined>;
  /** Changes fields of the record with this id; the others stay. Fails as {@link replace}. */
  update(id: string | number | bigint, changes: RecordToWrite<T>, options?: CallOptions): Promise<T | undefined>;
  /** Deletes the record with this id. Fails as {@link replace}. */
  delete(id: string | number | bigint, options?: CallOptions): Promise<void>;
}

// Platforms and their list of instances.

import type * as generated from '../../options';
import type { CallOptions, Integers, JsonRecord, Scalars, Warnings } from './common';
import type { Elements, Grant } from './elements';
import type { ConfigError, NotFoundError } from './errors';
import type { Instance, LevelOptions } from './instance';
import type { CommonResources, Definitions, Transformations } from './shapes';

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
  /** The elements of the platform: `platform.elements()` lists them. */
  readonly elements: Elements;
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
  /** The grant of a user, for elements with OAuth 2; see {@link Elements.oauthUrl}. */
  granted?: Grant | undefined;
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

// Options of platforms and of uploads. Generated from the option tables of core; do not edit.

/** Options of a hosted platform. Values in the environment need not be given. */
export interface HostedOptions {
  /**
   * The base URL of the platform, or the name of a published region such as `eu`. US production by default. From
   * `ELEMENTKIT_BASE_URL` when not given.
   */
  baseUrl?: string | undefined;
  /** The user secret. Required. From `ELEMENTKIT_USER_SECRET` when not given. */
  userSecret?: string | undefined;
  /** The organization secret. Required. From `ELEMENTKIT_ORGANIZATION_SECRET` when not given. */
  organizationSecret?: string | undefined;
  /** Allows plain HTTP to hosts other than this machine. Off by default. */
  allowInsecureHttp?: boolean | undefined;
  /** Time limit of a call, retries included, until its response begins. Unlimited by default. In milliseconds. */
  timeoutMs?: number | undefined;
  /** Time limit for connecting, TLS included. 10 seconds by default. In milliseconds. */
  connectTimeoutMs?: number | undefined;
  /**
   * Maximum silence of the platform, before a response begins and within it. 130 seconds by default. In milliseconds.
   */
  readTimeoutMs?: number | undefined;
  /** Maximum number of retries of a failed read. 3 by default. */
  retries?: number | undefined;
  /** A proxy, `http://[user:password@]host:port`. By default that of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`. */
  proxy?: string | undefined;
  /** Ignores the proxy of the environment. Off by default. */
  noProxy?: boolean | undefined;
  /**
   * PEM files of certificate authorities to trust in addition to the public ones. From `ELEMENTKIT_CA_FILE` when not
   * given.
   */
  caFile?: string | URL | readonly (string | URL)[] | undefined;
  /** The longest response that is read into memory, in bytes; results of bulk jobs are streamed. 256 MiB by default. */
  answerLimit?: number | undefined;
  /** Policy for warnings of the platform. They are reported by default. */
  warnings?: 'report' | 'deny' | 'ignore' | undefined;
}

/** Options of the engine in this process. */
export interface EmbeddedOptions {
  /** Whether parked bulk jobs resume when the database is opened. They do with `auto`, the default. */
  workers?: 'auto' | 'manual' | undefined;
  /** Time limit of a call until its response begins. Limited only by the engine by default. In milliseconds. */
  timeoutMs?: number | undefined;
  /** Policy for warnings of the platform. They are reported by default. */
  warnings?: 'report' | 'deny' | 'ignore' | undefined;
  /** The file of the vault key. By default a file beside the database, unless `ELEMENTKIT_VAULT_KEY` is set. */
  keyFile?: string | URL | undefined;
  /**
   * PEM files of certificate authorities to trust in addition to the public ones, at the vendor. From
   * `ELEMENTKIT_CA_FILE` when not given.
   */
  caFile?: string | URL | readonly (string | URL)[] | undefined;
  /**
   * A host that is called instead of BrightTALK's, for a sandbox or a gateway. From `ELEMENTKIT_BRIGHTTALK_URL` when
   * not given.
   */
  brighttalkUrl?: string | undefined;
  /** Accepts a host of the vendor in the configuration of an instance, as `acme.base.url`. Off by default. */
  allowVendorOverride?: boolean | undefined;
  /** Maximum number of attempts of a call to the vendor. 4 by default. */
  vendorAttempts?: number | undefined;
  /** The longest `Retry-After` of the vendor that a live call waits for. 5 minutes by default. In milliseconds. */
  vendorRetryAfterMs?: number | undefined;
  /** Time limit for connecting to the vendor. 10 seconds by default. In milliseconds. */
  vendorConnectTimeoutMs?: number | undefined;
  /** Maximum silence of the vendor, before a response begins and within it. 60 seconds by default. In milliseconds. */
  vendorReadTimeoutMs?: number | undefined;
  /** Time limit of the whole response of the vendor. 5 minutes by default. In milliseconds. */
  vendorTimeoutMs?: number | undefined;
  /** Time limit of a call that reads from the vendor, except bulk jobs. 2 minutes by default. In milliseconds. */
  callTimeLimitMs?: number | undefined;
  /** Maximum time that a bulk job waits for an unreachable vendor. 2 hours by default. In milliseconds. */
  maxOutageMs?: number | undefined;
  /** Time for which results and checkpoints are kept after the end of their job. 3 days by default. In milliseconds. */
  retentionMs?: number | undefined;
  /**
   * Time after which the job of a dead process is taken over by another on the same file. 10 seconds by default. In
   * milliseconds.
   */
  leaseMs?: number | undefined;
  /** Bytes of rows that a bulk job with ORDER BY sorts in memory; the rest is sorted on disk. 4 MiB by default. */
  sortMemory?: number | undefined;
  /** Bytes of rows that a bulk job commits at once; 0 commits every page. 512 KiB by default. */
  commitBytes?: number | undefined;
  /**
   * Time limit of scripts for the records of a live call, or for one record of a bulk job. 30 seconds by default. In
   * milliseconds.
   */
  scriptTimeLimitMs?: number | undefined;
  /** Bytes of memory that a script may use. 64 MiB by default. */
  scriptMemory?: number | undefined;
  /** Gives scripts of transformations the secrets of the call in their `configuration`. Off by default. */
  exposeScriptSecrets?: boolean | undefined;
  /** Hosts, separated by commas, that scripts of elements may call with `http` and `https`. None by default. */
  scriptNetwork?: string | undefined;
  /** Hides the objects and paths that the published element does not have. Off by default. */
  publishedOnly?: boolean | undefined;
  /** Adds `activityUrl`, `activityType` and `totalViewingDurationMinutes` to activities. Off by default. */
  derivedActivityFields?: boolean | undefined;
  /** Keeps a record of each call for 7 days, which `GET /usage` returns. Off by default. */
  recordUsage?: boolean | undefined;
  /** Whether callbacks may go to private, link-local and loopback addresses. On by default. */
  allowPrivateCallbacks?: boolean | undefined;
  /**
   * Whether elements of documents may call private, link-local and loopback addresses, and plain http. On by default.
   */
  allowPrivateVendors?: boolean | undefined;
}

/** Options of a bulk upload. */
export interface UploadOptions {
  /**
   * Effect on the records of the object: `create` (the default) creates every record, `update` changes the fields that
   * the file has, `replace` replaces whole records, `upsert` changes records and creates those that do not exist or
   * have no key, `delete` deletes.
   */
  mode?: 'create' | 'update' | 'replace' | 'upsert' | 'delete' | undefined;
  /**
   * Field with the key of a record, which becomes the last part of its path. The primary key of the object by default,
   * but none for `upsert`, which then creates every record.
   */
  key?: string | undefined;
  /**
   * Format of the file: `csv` with a header line, or `json`, an array or one object on each line. That of the file
   * extension by default, else `csv`.
   */
  format?: 'csv' | 'json' | undefined;
  /**
   * Path of the list that records are written to, for instance `/lists/42/members`. Without it, columns named like the
   * variables of the path have their values.
   */
  path?: string | undefined;
  /** Number of records sent at a time, from 1 to 10. 4 by default. */
  concurrency?: number | undefined;
  /** Sends columns that the object does not have, in place of refusing the file. Off by default. */
  unknownColumns?: boolean | undefined;
  /** URL that is called when the job has ended, or a path of the platform. */
  callbackUrl?: string | undefined;
  /** JSON to send with the callback. */
  callbackPayload?: unknown | undefined;
  /** Policy for warnings, in place of that of the platform or instance. */
  warnings?: 'report' | 'deny' | 'ignore' | undefined;
}

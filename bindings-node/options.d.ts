// Options of platforms. Generated from the option tables of core; do not edit.

/** How to reach a hosted platform. Nothing is required that is in the environment. */
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
  /** How long a call may take, retries included, until its response begins. Unlimited by default. In milliseconds. */
  timeoutMs?: number | undefined;
  /** How long connecting may take, TLS included. 10 seconds by default. In milliseconds. */
  connectTimeoutMs?: number | undefined;
  /**
   * How long the platform may be silent, before a response begins and within it. 130 seconds by default. In
   * milliseconds.
   */
  readTimeoutMs?: number | undefined;
  /** How often a failed read is retried. 3 by default. */
  retries?: number | undefined;
  /** A proxy, `http://[user:password@]host:port`. By default that of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`. */
  proxy?: string | undefined;
  /** Uses no proxy, whatever the environment says. Off by default. */
  noProxy?: boolean | undefined;
  /**
   * PEM files of certificate authorities to trust in addition to the public ones. From `ELEMENTKIT_CA_FILE` when not
   * given.
   */
  caFile?: string | URL | readonly (string | URL)[] | undefined;
  /** The longest response that is read into memory, in bytes; results of bulk jobs are streamed. 256 MiB by default. */
  answerLimit?: number | undefined;
  /** What to do with warnings of the platform. They are reported by default. */
  warnings?: 'report' | 'deny' | 'ignore' | undefined;
}

/** How to run the engine in this process. */
export interface EmbeddedOptions {
  /** Whether parked bulk jobs resume when the database is opened. They do with `auto`, the default. */
  workers?: 'auto' | 'manual' | undefined;
  /** How long a call may take until its response begins. Limited by the engine alone by default. In milliseconds. */
  timeoutMs?: number | undefined;
  /** What to do with warnings of the platform. They are reported by default. */
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
  /** Accepts `brighttalk.base.url` in the configuration of an instance. Off by default. */
  allowVendorOverride?: boolean | undefined;
  /** How often a call to the vendor is attempted in all. 4 by default. */
  vendorAttempts?: number | undefined;
  /** The longest `Retry-After` of the vendor that a live call waits for. 5 minutes by default. In milliseconds. */
  vendorRetryAfterMs?: number | undefined;
  /** How long connecting to the vendor may take. 10 seconds by default. In milliseconds. */
  vendorConnectTimeoutMs?: number | undefined;
  /**
   * How long the vendor may be silent, before a response begins and within it. 60 seconds by default. In milliseconds.
   */
  vendorReadTimeoutMs?: number | undefined;
  /** How long the whole response of the vendor may take. 5 minutes by default. In milliseconds. */
  vendorTimeoutMs?: number | undefined;
  /**
   * How long the engine works on a call that reads from the vendor, bulk jobs excepted. 2 minutes by default. In
   * milliseconds.
   */
  callTimeLimitMs?: number | undefined;
  /** How long a bulk job waits for a vendor that cannot be reached. 2 hours by default. In milliseconds. */
  maxOutageMs?: number | undefined;
  /** How long results and checkpoints are kept after their job has ended. 3 days by default. In milliseconds. */
  retentionMs?: number | undefined;
  /**
   * How long after the end of its process a job is taken over by another on the same file. 10 seconds by default. In
   * milliseconds.
   */
  leaseMs?: number | undefined;
  /** Bytes of rows that a bulk job with ORDER BY sorts in memory; the rest is sorted on disk. 4 MiB by default. */
  sortMemory?: number | undefined;
  /** Bytes of rows that a bulk job commits at once; 0 commits every page. 256 KiB by default. */
  commitBytes?: number | undefined;
  /**
   * How long scripts may run for the records of a live call, or for one record of a bulk job. 30 seconds by default. In
   * milliseconds.
   */
  scriptTimeLimitMs?: number | undefined;
  /** Bytes of memory that a script may use. 64 MiB by default. */
  scriptMemory?: number | undefined;
  /** Gives scripts of transformations the secrets of the call in their `configuration`. Off by default. */
  exposeScriptSecrets?: boolean | undefined;
  /** Hides the objects and paths that the published element does not have. Off by default. */
  publishedOnly?: boolean | undefined;
  /** Adds `activityUrl`, `activityType` and `totalViewingDurationMinutes` to activities. Off by default. */
  derivedActivityFields?: boolean | undefined;
  /** Keeps a record of each call for 7 days, which `GET /usage` returns. Off by default. */
  recordUsage?: boolean | undefined;
  /** Whether callbacks may go to private, link-local and loopback addresses. On by default. */
  allowPrivateCallbacks?: boolean | undefined;
}

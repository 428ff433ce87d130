// Errors.

import type { JobFailure } from './jobs';

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
/** A bulk job ended without success; resume it when the cause is resolved. */
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

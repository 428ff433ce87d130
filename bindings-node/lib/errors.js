'use strict';
// Errors, one class per kind, all derived from ElementKitError.

/** Details of an error besides its message. */
const DETAILS = [
  'status',
  'providerMessage',
  'requestId',
  'hint',
  'retryAfterMs',
  'retryable',
  'unreachable',
  'failure',
];

class ElementKitError extends Error {
  constructor(message, info = {}) {
    super(message, info.cause === undefined ? undefined : { cause: info.cause });
    this.name = new.target.name;
    this.code = info.code ?? new.target.code ?? 'internal';
    for (const detail of DETAILS) this[detail] = info[detail] ?? undefined;
  }

  /** Returns all details of the error and its cause, without the stack. */
  toJSON() {
    const { name, message, cause, ...details } = this;
    const why = this.cause;
    return {
      name: this.name,
      message: this.message,
      ...details,
      ...(why === undefined ? {} : { cause: causeOf(why) }),
    };
  }
}

/** Returns an error as JSON; `JSON.stringify` would write a JavaScript error as `{}`. */
function causeOf(cause) {
  if (!(cause instanceof Error) || cause instanceof ElementKitError) return cause;
  const { name, message, code } = cause;
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(cause.cause === undefined ? {} : { cause: causeOf(cause.cause) }),
  };
}

// Codes of the kinds, generated from core.
const CODES = {
  ConfigError: 'config',
  InvalidRequestError: 'invalid_request',
  AuthenticationError: 'authentication',
  PermissionDeniedError: 'permission_denied',
  NotFoundError: 'not_found',
  ConflictError: 'conflict',
  RateLimitedError: 'rate_limited',
  VendorError: 'vendor',
  TimeoutError: 'timeout',
  ServerError: 'server',
  ConnectError: 'connect',
  TransportError: 'transport',
  DecodeError: 'decode',
  JobFailedError: 'job_failed',
  JobCancelledError: 'job_cancelled',
  StorageError: 'storage',
  UnsupportedError: 'unsupported',
  ClosedError: 'closed',
  InternalError: 'internal',
};
// End of Codes of the kinds.

const classes = {};
const byCode = new Map();
for (const [name, code] of Object.entries(CODES)) {
  classes[name] = { [name]: class extends ElementKitError {} }[name];
  classes[name].code = code;
  byCode.set(code, classes[name]);
}

/** Returns the error of a native failure, whose message is its description as JSON. */
function fromNative(failure) {
  if (failure instanceof ElementKitError) return failure;
  let info;
  try {
    info = JSON.parse(failure.message);
  } catch {
    return new classes.InternalError('an internal error; please report it', { cause: failure });
  }
  const kind = byCode.get(info.code) ?? classes.InternalError;
  return new kind(info.message, info);
}

module.exports = { ElementKitError, ...classes, fromNative };

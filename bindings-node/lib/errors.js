'use strict';
// One class a kind of error, all of them an ElementKitError.

class ElementKitError extends Error {
  constructor(message, info = {}) {
    super(message);
    this.name = new.target.name;
    this.code = info.code ?? new.target.code ?? 'internal';
    this.status = info.status ?? undefined;
    this.providerMessage = info.providerMessage ?? undefined;
    this.requestId = info.requestId ?? undefined;
    this.hint = info.hint ?? undefined;
    this.retryAfterMs = info.retryAfterMs ?? undefined;
  }
}

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

const classes = {};
const byCode = new Map();
for (const [name, code] of Object.entries(CODES)) {
  classes[name] = { [name]: class extends ElementKitError {} }[name];
  classes[name].code = code;
  byCode.set(code, classes[name]);
}

/** The error of a native failure, whose message is its description as JSON. */
function fromNative(native) {
  let info;
  try {
    info = JSON.parse(native.message);
  } catch {
    return refusedType(native) ?? new classes.InternalError('an internal error; please report it');
  }
  const kind = byCode.get(info.code) ?? classes.InternalError;
  return new kind(info.message, info);
}

/** What the native module cannot take, since it is of another type. The value may be a secret, so it is not named. */
function refusedType({ code, message = '' }) {
  if (!code || code === 'GenericFailure') return undefined;
  const option = / on \w+\.(\w+)/.exec(message)?.[1];
  const what = option ? `${option} is of a wrong type` : 'an argument is of a wrong type';
  return new classes.ConfigError(what, { hint: 'The type declarations say which type each argument has.' });
}

module.exports = { ElementKitError, ...classes, fromNative };

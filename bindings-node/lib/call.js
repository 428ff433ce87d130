'use strict';
// Making a call of the native module.

const native = require('./native.js');

const { TimeoutError, fromNative } = require('./errors.js');

let logger;

/** Hands the library's log to a logger from now on; it has a method for each level. */
function logTo(chosen) {
  logger = chosen;
  if (logger) native.startLogging();
}

function deliverLog() {
  if (!logger) return;
  for (const { level, text } of native.takeLog()) {
    try {
      logger[level]?.(text);
    } catch {
      // A logger that fails must not fail the call.
    }
  }
}

/** A signal that also ends after a time. */
function deadline({ signal, timeoutMs } = {}) {
  if (timeoutMs === undefined) return signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/**
 * Makes a call, or what a function makes of the caller's arguments. Aborting its signal, or its time running out, drops it
 * with whatever it does at the vendor.
 */
async function call(made, options) {
  const signal = deadline(options);
  if (signal?.aborted) throw reasonOf(signal);
  const pending = typeof made === 'function' ? now(made) : made;
  const abort = () => pending.cancel();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await pending.run();
  } catch (failure) {
    if (signal?.aborted) throw reasonOf(signal);
    throw fromNative(failure);
  } finally {
    signal?.removeEventListener('abort', abort);
    deliverLog();
  }
}

/** Time that ran out is an error of the package; whatever else a signal was aborted with is thrown as it is. */
function reasonOf({ reason }) {
  if (reason?.name !== 'TimeoutError' || reason instanceof TimeoutError) return reason;
  const error = new TimeoutError('no answer in time', { hint: 'Give the call more time with timeoutMs.' });
  error.cause = reason;
  return error;
}

/** A call whose answer is JSON. */
async function json(made, options) {
  return JSON.parse((await call(made, options)).json);
}

/** A native function that may refuse its arguments at once. */
function now(make) {
  try {
    return make();
  } catch (failure) {
    throw fromNative(failure);
  }
}

module.exports = { call, deadline, json, logTo, now, reasonOf };

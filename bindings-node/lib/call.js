'use strict';
// Making a call of the native module.

const { fromNative } = require('./errors.js');

/** Makes a call; aborting its signal drops it with whatever it does at the vendor. */
async function call(pending, signal) {
  signal?.throwIfAborted();
  const abort = () => pending.cancel();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await pending.run();
  } catch (failure) {
    if (signal?.aborted) throw signal.reason;
    throw fromNative(failure);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** A native function that may refuse its arguments at once. */
function now(make) {
  try {
    return make();
  } catch (failure) {
    throw fromNative(failure);
  }
}

module.exports = { call, now };

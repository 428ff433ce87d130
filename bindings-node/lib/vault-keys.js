'use strict';
// Vault keys that the program stores; they are requested while a database is opened.

const native = require('./native.js');
const { wrong } = require('./check.js');
const { ElementKitError } = require('./errors.js');

/** The bytes of a key, or an object with functions that load and store keys by their names. */
function check(name, value) {
  if (value instanceof Uint8Array) return value;
  if (typeof value?.load === 'function' && typeof value?.store === 'function') return value;
  throw wrong(name, 'the 32 bytes of a key, or an object with the functions load and store', value);
}

/** Opens a database with these keys; `open` accepts the source of keys of the native module. */
async function opened(session, keys, open) {
  if (keys === undefined || keys instanceof Uint8Array) return open(undefined, keys);
  const [questions, thrown] = [new native.NativeVaultKeys(), []];
  // Ends with the requests. Not awaited: a function that hangs must not delay an opening that was aborted.
  answer(session, keys, questions, thrown).catch(() => {});
  try {
    return await open(questions);
  } catch (error) {
    if (error instanceof ElementKitError && thrown.length > 0) error.cause ??= thrown[0];
    throw error;
  } finally {
    await session.call(() => questions.close());
  }
}

/** Serves the requests until the source ends; collects exceptions of the program. */
async function answer(session, keys, questions, thrown) {
  for (;;) {
    const { json, bytes } = await session.call(() => questions.next());
    if (json === undefined || json === null) return;
    try {
      const name = session.read(json);
      if (bytes) await keys.store(name, new Uint8Array(bytes));
      questions.reply(bytes ? undefined : loaded(await keys.load(name)));
    } catch (error) {
      thrown.push(error);
      questions.fail();
    }
  }
}

function loaded(key) {
  if (key === undefined || key === null) return undefined;
  if (!(key instanceof Uint8Array)) throw wrong('what load returns', 'a Uint8Array, null or undefined', key);
  return key;
}

module.exports = { check, opened };

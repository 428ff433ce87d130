// Vault keys that the program stores.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import * as ek from '../lib/index.mjs';
import { folder } from './world.mjs';

/** A store of keys in memory, instead of a keychain or a secret manager. */
function keychain() {
  const kept = new Map();
  return {
    kept,
    load: async (name) => kept.get(name),
    store: async (name, key) => void kept.set(name, key),
  };
}

test('a database has its key from the program, and no key file', async (t) => {
  const database = path.join(folder(), 'test.db');
  const vaultKeys = keychain();
  await (await ek.Platform.embedded(database, { vaultKeys })).close();
  assert.equal(existsSync(`${database}.key`), false);
  const [[name, key]] = vaultKeys.kept;
  assert.ok(typeof name === 'string' && key instanceof Uint8Array && key.length === 32);
  await (await ek.Platform.embedded(database, { vaultKeys })).close();
  assert.equal(vaultKeys.kept.size, 1);
  // The bare key opens it, too; another key, or no key, does not.
  await (await ek.Platform.embedded(database, { vaultKeys: key })).close();
  await assert.rejects(ek.Platform.embedded(database, { vaultKeys: new Uint8Array(32).fill(7) }), ek.ElementKitError);
  await assert.rejects(ek.Platform.embedded(database, { vaultKeys: keychain() }), ek.ElementKitError);
  await assert.rejects(ek.Platform.embedded(database), ek.ElementKitError);
});

test('a store that fails is the cause of the error', async (t) => {
  const database = path.join(folder(), 'test.db');
  const locked = new Error('the keychain is locked');
  const fails = () => Promise.reject(locked);
  await assert.rejects(
    ek.Platform.embedded(database, { vaultKeys: { ...keychain(), load: fails } }),
    (error) => error instanceof ek.ElementKitError && error.cause === locked && !error.message.includes('locked'),
  );
  await assert.rejects(ek.Platform.embedded(database, { vaultKeys: { ...keychain(), store: fails } }), {
    cause: locked,
  });
  const text = { ...keychain(), load: () => 'c2VjcmV0' };
  await assert.rejects(
    ek.Platform.embedded(database, { vaultKeys: text }),
    (error) => error.cause instanceof ek.ConfigError && !/c2VjcmV0/.test(error.cause.message),
  );
  for (const short of [new Uint8Array(31), new Uint8Array(32)]) {
    await assert.rejects(ek.Platform.embedded(database, { vaultKeys: short }), ek.ConfigError);
  }
  for (const wrong of ['text', {}, { load() {} }, 5]) {
    await assert.rejects(ek.Platform.embedded(database, { vaultKeys: wrong }), {
      code: 'config',
      message: /^vaultKeys must be/,
    });
  }
  await (await ek.Platform.embedded(database, { vaultKeys: keychain() })).close();
});

test('an opening that is aborted does not wait for the store', async (t) => {
  const controller = new AbortController();
  const load = () => {
    controller.abort();
    return new Promise(() => {});
  };
  const opening = ek.Platform.embedded(path.join(folder(), 'test.db'), {
    vaultKeys: { ...keychain(), load },
    signal: controller.signal,
  });
  await assert.rejects(opening, { name: 'AbortError' });
});

// Options of platforms: each reaches the core, unknown and wrong ones are rejected by name, and the environment
// is read.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'node:test';

import { ConnectError, NotFoundError, Platform, VendorError, brighttalk } from '../lib/index.mjs';
import { KEY, SECRET, folder, sandbox } from './world.mjs';

const tables = createRequire(import.meta.url)('../lib/options.js');
const KNOWN = { baseUrl: 'https://platform.example', userSecret: 'u', organizationSecret: 'o' };

/** Returns a value for an option by its table. */
function value(name, [key, rule]) {
  for (const each of ['http://127.0.0.1:9', 'deny', 'auto', true, 7]) {
    try {
      rule(name, each);
      return each;
    } catch {
      // A value of another type.
    }
  }
  return assert.fail(key);
}

test('every option is known to the core', async () => {
  const place = folder();
  for (const [name, entry] of Object.entries(tables.HOSTED)) {
    if (name === 'caFile') continue;
    const platform = Platform.hosted({ ...KNOWN, allowInsecureHttp: true, [name]: value(name, entry) });
    await platform.close();
  }
  for (const [name, entry] of Object.entries(tables.EMBEDDED)) {
    if (name === 'caFile') continue;
    const given = name === 'keyFile' ? join(place, 'a.key') : value(name, entry);
    const platform = await Platform.embedded(join(place, `${name}.db`), { [name]: given });
    await platform.close();
  }
  const missing = { caFile: ['/no/such/file.pem', new URL('file:///no/other.pem')] };
  assert.throws(() => Platform.hosted({ ...KNOWN, ...missing }), { code: 'config', message: /no.such/ });
  await assert.rejects(Platform.embedded(join(place, 'ca.db'), missing), { code: 'config', message: /no.such/ });
});

test('a limit of zero is refused by the name it has in JavaScript', async () => {
  const message = '`connectTimeoutMs` must be a whole number of milliseconds, 1 or more, not 0';
  assert.throws(() => Platform.hosted({ ...KNOWN, connectTimeoutMs: 0 }), { code: 'config', message });
  await assert.rejects(Platform.embedded('x.db', { retentoinMs: 1 }), { hint: /^Did you mean retentionMs\?/ });
});

test('hints name options as JavaScript does', () => {
  assert.throws(() => Platform.hosted({ ...KNOWN, baseUrl: 'http://platform.example' }), { hint: /allowInsecureHttp/ });
});

test('the environment names the database and the instance', async (t) => {
  const simulator = await sandbox({ channels: 1 });
  t.after(simulator.stop);
  const database = join(folder(), 'test.db');
  const platform = await Platform.embedded(database, { brighttalkUrl: simulator.url });
  const instance = await brighttalk.connect(platform, { apiKey: KEY, apiSecret: SECRET });
  assert.equal((await platform.instances.only()).id, instance.id);
  await brighttalk.connect(platform, { name: 'another', apiKey: KEY, apiSecret: SECRET });
  await assert.rejects(platform.instances.only(), { code: 'config' });
  t.after(() => {
    delete process.env.ELEMENTKIT_INSTANCE;
    delete process.env.ELEMENTKIT_DATABASE;
  });
  process.env.ELEMENTKIT_INSTANCE = String(instance.id);
  assert.equal((await platform.instances.only()).id, instance.id);
  process.env.ELEMENTKIT_INSTANCE = '1';
  await assert.rejects(platform.instances.only(), NotFoundError);
  await platform.close();
  process.env.ELEMENTKIT_DATABASE = database;
  const again = await Platform.embeddedFromEnv({ workers: 'manual' });
  assert.equal((await again.instances.list()).length, 2);
  await again.close();
});

test('an error says that nothing could be reached, hosted and embedded alike', async () => {
  const place = folder();
  const offline = 'http://127.0.0.1:9';
  const embedded = await Platform.embedded(join(place, 'x.db'), { brighttalkUrl: offline, vendorAttempts: 1 });
  const connecting = brighttalk.connect(embedded, { apiKey: '1', apiSecret: '2' });
  await assert.rejects(connecting, (error) => error instanceof VendorError && error.unreachable === true);
  await embedded.close();
  const hosted = Platform.hosted({ ...KNOWN, baseUrl: offline, retries: 0 });
  await assert.rejects(hosted.instances.list(), (error) => error instanceof ConnectError && error.unreachable === true);
  assert.throws(
    () => hosted.definitions({ level: 'account', id: 'x' }),
    (error) => !error.unreachable,
  );
  await hosted.close();
});

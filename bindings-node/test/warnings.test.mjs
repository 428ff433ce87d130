// Warnings of the platform: a warning of the process, an error, or ignored.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';

import * as ek from '../lib/index.mjs';
import { KEY, ORGANIZATION, SECRET, USER, folder, sandbox, served } from './world.mjs';

async function connected(t, options = {}) {
  const simulator = await sandbox({ subscribers: 50, channels: 1 });
  t.after(simulator.stop);
  const database = path.join(folder(), 'test.db');
  const platform = await ek.Platform.embedded(database, { brighttalkUrl: simulator.url, ...options });
  t.after(() => platform.close());
  return ek.brighttalk.connect(platform, { apiKey: KEY, apiSecret: SECRET });
}

/** Collects the warnings of the process while a function runs. */
async function heard(t, run) {
  const warnings = [];
  const listener = (warning) => warnings.push(warning);
  process.on('warning', listener);
  t.after(() => process.off('warning', listener));
  await run();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  return warnings;
}

const MISSPELT = { where: 'emial is not null' };

test('a misspelt field is a warning of the process, however the records are read', async (t) => {
  const bt = await connected(t);
  const reads = {
    page: async () => {
      const page = await bt.records('contacts', MISSPELT).page();
      assert.deepEqual(
        page.warnings.map(({ code, field }) => [code, field]),
        [['unknown_field', 'emial']],
      );
      assert.ok(page.warning);
    },
    toArray: () => bt.records('contacts', MISSPELT).toArray(),
    records: async () => {
      for await (const record of bt.records('contacts', MISSPELT)) assert.fail(record);
    },
    bulk: async () => {
      const job = await bt.bulk.query('select id from contacts where emial is not null');
      assert.deepEqual(
        job.warnings.map(({ code }) => code),
        ['unknown_field'],
      );
      await job.wait();
    },
  };
  for (const [name, read] of Object.entries(reads)) {
    const [warning, ...more] = await heard(t, read);
    assert.ok(warning instanceof ek.ElementKitWarning && more.length === 0, `${name}: ${warning} ${more}`);
    assert.deepEqual(
      [warning.name, warning.code, warning.field, warning.suggestion],
      ['ElementKitWarning', 'unknown_field', 'emial', 'email'],
    );
    assert.match(warning.message, /did you mean email\?/);
    assert.equal(JSON.parse(JSON.stringify(warning)).suggestion, 'email');
  }
  assert.deepEqual(await heard(t, () => bt.records('contacts').page()), []);
});

test('warnings can be errors, or nothing, for a platform and for a call', async (t) => {
  const strict = await connected(t, { warnings: 'deny' });
  const denied = (call) =>
    assert.rejects(call, (error) => error instanceof ek.InvalidRequestError && /emial/.test(error.message));
  const warnings = await heard(t, async () => {
    await denied(strict.records('contacts', MISSPELT).page());
    await denied(strict.records('contacts', MISSPELT).toArray());
    await denied(strict.bulk.query('select id from contacts where emial is not null'));
    await strict.records('contacts', { ...MISSPELT, warnings: 'ignore' }).page();
    await strict.bulk.query('select id from contacts where emial is not null', { warnings: 'ignore' });
    const silent = await connected(t, { warnings: 'ignore' });
    assert.equal((await silent.records('contacts', MISSPELT).page()).warnings.length, 1);
    await denied(silent.records('contacts', { ...MISSPELT, warnings: 'deny' }).page());
    await denied(silent.bulk.query('select id from contacts where emial is not null', { warnings: 'deny' }));
  });
  assert.deepEqual(warnings, []);
});

test('a served platform warns as an embedded one', async (t) => {
  const simulator = await sandbox({ subscribers: 50, channels: 1 });
  t.after(simulator.stop);
  const server = await served(path.join(folder(), 'test.db'), simulator.url);
  t.after(server.stop);
  const platform = ek.Platform.hosted({ baseUrl: server.baseUrl, userSecret: USER, organizationSecret: ORGANIZATION });
  t.after(() => platform.close());
  const bt = await ek.brighttalk.connect(platform, { apiKey: KEY, apiSecret: SECRET });
  const warnings = await heard(t, () => bt.records('contacts', MISSPELT).toArray());
  assert.deepEqual(
    warnings.map(({ code, suggestion }) => [code, suggestion]),
    [['unknown_field', 'email']],
  );
});

test('a failed job says why, in parts', async (t) => {
  const simulator = await sandbox({ subscribers: 50, channels: 1 });
  t.after(simulator.stop);
  const platform = await ek.Platform.embedded(path.join(folder(), 'test.db'), { brighttalkUrl: simulator.url });
  t.after(() => platform.close());
  const bt = await ek.brighttalk.connect(platform, { apiKey: KEY, apiSecret: SECRET });
  await simulator.fault({ match: { path: '*/channels' }, fault: { type: 'status', status: 401, body: 'empty' } });
  const job = await bt.bulk.query('select * from contacts');
  const error = await job.wait().catch((thrown) => thrown);
  assert.ok(error instanceof ek.JobFailedError, String(error));
  const { kind, status, phase, retryable } = error.failure;
  assert.deepEqual(
    [kind, status, retryable, error.retryable, error.status],
    ['authentication', 401, false, false, 401],
  );
  assert.ok(phase && error.providerMessage && error.requestId === error.failure.requestId);
  assert.deepEqual((await job.status()).failure, error.failure);
  assert.deepEqual(JSON.parse(JSON.stringify(error)).failure, error.failure);
});

// Uploads beyond the scenarios: sources, arguments, limits.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import * as ek from '../lib/index.mjs';
import { folder, testbed } from './world.mjs';

async function connected(t) {
  const vendor = await testbed({ accounts: 5 });
  t.after(vendor.stop);
  const { baseUrl, user, organization, token } = vendor.started;
  const platform = ek.Platform.hosted({ baseUrl, userSecret: user, organizationSecret: organization });
  t.after(() => platform.close());
  const configuration = { 'testbed.access.token': token };
  const crm = await platform.instances.connect({ element: 'testbed', name: 'crm', configuration });
  const writes = async () => (await vendor.requests()).filter(({ method }) => method === 'POST').length;
  return { crm, writes };
}

test('many records of generators are uploaded in blocks', async (t) => {
  const { crm } = await connected(t);
  function* listed() {
    for (let number = 0; number < 3000; number += 1) yield { name: `Company ${number} ${'x'.repeat(150)}` };
  }
  async function* arriving() {
    yield* listed();
  }
  for (const records of [listed(), arriving()]) {
    const job = await crm.bulk.upload('accounts', records, { concurrency: 10 });
    const seen = [];
    const ended = await job.wait({ onProgress: (status) => seen.push(status) });
    assert.deepEqual([ended.recordsCount, ended.recordsFailedCount, ended.recordsUnknownCount], [3000, 0, 0]);
    assert.deepEqual(seen.at(-1), ended);
    let rows = 0;
    for await (const batch of job.batches()) for (const { _row } of batch) assert.equal(_row, (rows += 1));
    assert.equal(rows, 3000);
  }
});

test('files come and go', async (t) => {
  const { crm } = await connected(t);
  const place = folder();
  const [sent, failed] = ['accounts.csv', 'failed.csv'].map((name) => path.join(place, name));
  writeFileSync(sent, 'name,employees\nAcme,1\n,2\n');
  const job = await crm.bulk.upload('accounts', sent);
  assert.equal((await job.wait()).recordsFailedCount, 1);
  assert.equal(await job.downloadFailed(failed), statSync(failed).size);
  assert.equal(readFileSync(failed, 'utf8'), 'name,employees\n,2\n');
  assert.equal(await job.downloadFailed(failed, { unknown: true }), 'name,employees\n'.length);
  await assert.rejects(crm.bulk.upload('accounts', path.join(place, 'missing.csv')), { code: 'storage' });
  const query = await crm.bulk.query('select id from accounts');
  await query.wait();
  await assert.rejects(new Response(query.failedRecords()).text(), { code: 'not_found' });
});

test('arguments are checked by name', async (t) => {
  const { crm } = await connected(t);
  for (const source of [7, null, { name: 'x' }, undefined])
    await assert.rejects(crm.bulk.upload('accounts', source), { code: 'config', message: /^source must be/ });
  await assert.rejects(crm.bulk.upload('accounts', [{ name: 'x' }, 7]), { code: 'config', message: /source\[1\]/ });
  await assert.rejects(crm.bulk.upload('accounts', [], { moed: 'x' }), { code: 'config', hint: /Did you mean mode/ });
  await assert.rejects(crm.bulk.upload('', []), { code: 'config', message: /object/ });
  assert.deepEqual(await crm.bulk.list(), []);
});

test('an error of the records, an abort and a time limit start no job', async (t) => {
  const { crm, writes } = await connected(t);
  function* broken() {
    for (let number = 0; number < 5000; number += 1) yield { name: 'x'.repeat(200) };
    throw new RangeError('the source broke');
  }
  async function* endless() {
    for (;;) {
      yield { name: 'x'.repeat(200) };
      await new Promise(setImmediate);
    }
  }
  await assert.rejects(crm.bulk.upload('accounts', broken()), RangeError);
  const ended = new AbortController();
  setTimeout(() => ended.abort(), 300);
  await assert.rejects(crm.bulk.upload('accounts', endless(), { signal: ended.signal }), { name: 'AbortError' });
  await assert.rejects(crm.bulk.upload('accounts', endless(), { timeoutMs: 300 }), { code: 'timeout' });
  assert.deepEqual([await crm.bulk.list(), await writes()], [[], 0]);
});

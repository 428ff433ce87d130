// Features of the client beyond the scenarios: shapes, changes of an instance, incremental pulls, conditions,
// callbacks.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';

import * as ek from '../lib/index.mjs';
import { KEY, ROOT, SECRET, folder, sandbox } from './world.mjs';

const native = createRequire(import.meta.url)('../lib/native.js');
const { read } = createRequire(import.meta.url)('../lib/json.js');

async function connected(t, options = {}) {
  const simulator = await sandbox({ subscribers: 1000, channels: 2 });
  t.after(simulator.stop);
  const database = path.join(folder(), 'test.db');
  const platform = await ek.Platform.embedded(database, { brighttalkUrl: simulator.url, ...options });
  t.after(() => platform.close());
  const instance = await ek.brighttalk.connect(platform, { name: 'marketing', apiKey: KEY, apiSecret: SECRET });
  return { simulator, platform, instance };
}

test('shapes and their mappings', async (t) => {
  const { platform, instance } = await connected(t);
  const [definitions, mappings] = [platform.definitions(), platform.transformations()];
  assert.deepEqual([await definitions.list(), await mappings.list()], [{}, {}]);
  await definitions.create('people', { fields: [{ path: 'mail', type: 'string' }] });
  await assert.rejects(definitions.create('people', { fields: [] }), ek.ConflictError);
  await mappings.create('people', {
    vendorName: 'contacts',
    fields: [{ path: 'mail', vendorPath: 'email' }],
    configuration: [{ type: 'passThrough', properties: { fromVendor: false, toVendor: false } }],
  });
  assert.deepEqual(await mappings.execute('people', { email: 'a@example.org', id: 1 }), { mail: 'a@example.org' });
  assert.deepEqual(
    (await platform.commonResources.list()).map(({ name }) => name),
    ['people'],
  );
  assert.ok((await instance.objects()).includes('people'));
  const [person] = await instance.records('people').toArray({ limit: 1 });
  assert.ok(Object.keys(person).every((name) => name === 'mail'));
  await assert.rejects(definitions.delete('people'), ek.ConflictError);
  await mappings.delete('people');
  await definitions.rename('people', 'persons');
  await definitions.delete('persons');
  assert.throws(() => platform.definitions({ level: 'galaxy' }), ek.ConfigError);
});

test('an instance is changed', async (t) => {
  const { platform, instance } = await connected(t);
  assert.deepEqual((await instance.patch({ tags: ['emea'] })).tags, ['emea']);
  assert.equal((await instance.update({ name: 'renamed' })).name, 'renamed');
  assert.deepEqual(
    (await platform.instances.list({ search: 'RENAMED', tags: ['emea'] })).map(({ id }) => id),
    [instance.id],
  );
  assert.deepEqual(await platform.instances.list({ search: 'nothing' }), []);
  assert.equal((await platform.instances.count()).totalInstances, 1);
  await instance.disable();
  await assert.rejects(instance.ping(), ek.PermissionDeniedError);
  await instance.enable();
  const nulls = (await instance.configuration()).find(({ key }) => key === 'filter.response.nulls');
  assert.equal((await instance.configure(nulls.id, 'false')).propertyValue, 'false');
  // The id is known after the first response.
  const known = platform.instances.withToken(instance.token);
  assert.equal(known.id, undefined);
  await known.ping();
  assert.equal(known.id, instance.id);
  // Printing an instance shows no secret.
  for (const printed of [inspect(instance, { depth: 9, showHidden: true }), JSON.stringify(instance), String(instance)])
    assert.ok(!printed.includes(instance.token) && !printed.includes(SECRET), printed);
  const old = instance.token;
  assert.equal(await instance.rotateToken(), instance.token);
  assert.notEqual(instance.token, old);
  await instance.ping();
  assert.ok((await instance.capabilities()).includes('bulk-resume'));
  await instance.delete();
  assert.deepEqual(await platform.instances.list(), []);
});

test('a pull and the next one', async (t) => {
  const { simulator, instance } = await connected(t);
  const pull = await instance.sync('contacts');
  await assert.rejects(pull.state(), ek.ConfigError);
  assert.ok((await pull.download(path.join(folder(), 'all.csv'))) > 0);
  const state = await pull.state();
  await fetch(`${simulator.url}/__sim/advance`, {
    method: 'POST',
    body: JSON.stringify({ seconds: 3600, updates: 0, new_subscribers: 7, unsubscribes: 3 }),
  });
  const again = await instance.sync('contacts', state);
  let rows = 0;
  for await (const batch of again.batches({ size: 4 })) rows += batch.length;
  assert.ok(rows >= 9 && rows <= 12, String(rows));
  assert.notEqual(await again.state(), state);
});

/** Builds a condition of `tests/scenarios/conditions.json`. */
function condition({ and, or, not, field: name, is, value }) {
  if (and) return condition(and[0]).and(condition(and[1]));
  if (or) return condition(or[0]).or(condition(or[1]));
  if (not) return condition(not).not();
  const methods = { '=': 'eq', '!=': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' };
  const named = { null: 'isNull', 'not null': 'isNotNull' };
  const method = methods[is] ?? named[is] ?? is;
  return is in named ? ek.field(name)[method]() : ek.field(name)[method](value);
}

test('conditions are those of every language', () => {
  const cases = read(readFileSync(path.join(ROOT, 'tests/scenarios/conditions.json'), 'utf8'), 'bigint');
  assert.ok(cases.length > 20);
  for (const { condition: given, text } of cases) assert.equal(String(condition(given)), text);
});

test('conditions are quoted', async (t) => {
  const { field, ceql } = ek;
  assert.equal(String(field('name').eq("O'Brien")), "name = 'O''Brien'");
  assert.equal(String(field('a b').eq(1)), '`a b` = 1');
  assert.equal(
    String(field('id').eq(7).and(field('email').like('%@x.org').not())),
    "(id = 7) AND (NOT (email LIKE '%@x.org'))",
  );
  assert.equal(String(field('at').gt(new Date(Date.UTC(2026, 0, 2)))), "at > '2026-01-02T00:00:00Z'");
  assert.equal(
    String(ceql`email = ${"x' OR '1'='1"} AND id IN (${[1, 2]})`),
    "email = 'x'' OR ''1''=''1' AND id IN (1, 2)",
  );
  assert.throws(() => field('id').in([]), ek.ConfigError);
  assert.throws(() => ceql`id = ${{}}`, ek.ConfigError);
  const { instance } = await connected(t);
  const found = await instance
    .records('contacts', { where: field('channelId').in([1002]), fields: ['id', 'channelId'] })
    .toArray({ limit: 5 });
  assert.deepEqual([...new Set(found.map(({ channelId }) => channelId))], [1002]);
});

test('every character of a record arrives as it was sent', async (t) => {
  const name = 'a"\\\u0000\u007f\u0080é\u07ffह\uffff\u2028健😀/\n';
  const records = [{ name, [name]: { deep: [name, 1.5, null] } }, {}];
  const server = createServer((_, answer) => answer.end(JSON.stringify(records))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const platform = ek.Platform.hosted({
    baseUrl: `http://127.0.0.1:${server.address().port}`,
    userSecret: 'u',
    organizationSecret: 'o',
  });
  t.after(() => platform.close());
  const found = await platform.instances.withToken('token').records('contacts').toArray();
  assert.deepEqual(found, records);
});

test('callbacks are verified', () => {
  const body = '{"id":"1","status":"COMPLETED"}';
  const signature = 'sha256=TgiTeoWMmWNKA668afrkFzD76p42g3KQm36++o2q6Qw=';
  assert.ok(ek.verifyWebhook('S1gn-me', body, signature));
  assert.ok(ek.verifyWebhook('S1gn-me', Buffer.from(body), signature));
  assert.ok(!ek.verifyWebhook('S1gn-me', `${body} `, signature));
  assert.ok(!ek.verifyWebhook('S1gn-me', body, undefined));
  // Values of frameworks for a request without a body, and for a repeated header.
  assert.equal(ek.verifyWebhook('S1gn-me', undefined, signature), false);
  assert.equal(ek.verifyWebhook('S1gn-me', body, [signature, signature]), false);
});

test('an empty key verifies nothing', () => {
  const forged = `sha256=${createHmac('sha256', '').update('body').digest('base64')}`;
  assert.throws(() => ek.verifyWebhook('', 'body', forged), ek.ConfigError);
  assert.equal(native.verifyWebhook('', Buffer.from('body'), forged), false);
});

test('every kind of error has a class', () => {
  const classes = Object.values(ek).filter(
    (each) => typeof each === 'function' && each.prototype instanceof ek.ElementKitError,
  );
  assert.deepEqual(classes.map(({ code }) => code).sort(), native.errorCodes().sort());
});

test('the types list the codes of errors and warnings', () => {
  const listed = (file, name) => {
    const types = readFileSync(path.join(ROOT, 'bindings-node/lib/types', file), 'utf8');
    const [, words] = new RegExp(`type ${name} =([^;]*);`).exec(types);
    return [...words.matchAll(/'(\w+)'/g)].map(([, code]) => code).sort();
  };
  assert.deepEqual(listed('errors.d.ts', 'ErrorCode'), native.errorCodes().sort());
  assert.deepEqual(listed('common.d.ts', 'WarningCode'), native.warningCodes().sort());
});

test('results in batches, into a stream, and as Arrow and Parquet', async (t) => {
  const { instance } = await connected(t);
  const job = await instance.bulk.query('select id, email from contacts');
  await job.wait();
  const { rowsWritten } = await job.report();
  let rows = 0;
  for await (const batch of job.batches({ size: 300 })) rows += batch.length;
  assert.equal(rows, rowsWritten);
  const parts = [];
  const size = await job.download(new WritableStream({ write: (chunk) => void parts.push(chunk) }));
  const csv = Buffer.concat(parts).toString();
  assert.equal(size, Buffer.byteLength(csv));
  assert.equal(csv.split('\n').length, rowsWritten + 2);
  const bytes = async (format) => Buffer.from(await new Response(job.stream(format)).arrayBuffer());
  assert.equal((await bytes('parquet')).subarray(0, 4).toString(), 'PAR1');
  assert.equal((await bytes('arrow')).readUInt32LE(0), 0xffffffff);
});

test('a call takes no longer than it may', async (t) => {
  const { simulator, instance } = await connected(t);
  await simulator.fault({ match: { path: '*/subscribers' }, fault: { type: 'slow_body', stall_after: 10, ms: 60000 } });
  await assert.rejects(instance.records('channels/1001/contacts', { timeoutMs: 200 }).page(), ek.TimeoutError);
});

test('the event loop runs during a bulk pull', async (t) => {
  const { instance } = await connected(t);
  let ticks = 0;
  const ticking = setInterval(() => (ticks += 1), 5);
  const job = await instance.bulk.query('select * from contacts');
  await job.wait();
  clearInterval(ticking);
  assert.ok(ticks > 0);
});

test('the log goes to a logger', async (t) => {
  const lines = [];
  const { instance } = await connected(t, { logger: { info: (text) => lines.push(text), warn() {}, error() {} } });
  await instance.ping();
  assert.ok(lines.length > 0);
  assert.ok(!lines.join('\n').includes(SECRET));
});

test('each platform has a log of its own', async (t) => {
  const logs = [[], []];
  const logger = (lines) => ({ info: (text) => lines.push(text) });
  const [one, other] = await Promise.all(logs.map((lines) => connected(t, { logger: logger(lines) })));
  const silent = await connected(t);
  const before = logs.map((lines) => lines.length);
  // A bulk job runs in separate tasks, whose log is the same.
  const job = await one.instance.bulk.query('select * from contacts');
  await Promise.all([job.wait(), silent.instance.ping()]);
  await one.instance.ping();
  assert.ok(logs[0].length > before[0]);
  assert.equal(logs[1].length, before[1], logs[1].slice(before[1]).join('\n'));
  await other.instance.ping();
  assert.ok(logs[1].length > before[1]);
});

test('worker threads may use it and end', async (t) => {
  const simulator = await sandbox();
  t.after(simulator.stop);
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const { Platform, brighttalk } = require(workerData.library);
     (async () => {
       const platform = await Platform.embedded(workerData.database, { brighttalkUrl: workerData.url });
       const bt = await brighttalk.connect(platform, { apiKey: workerData.key, apiSecret: workerData.secret });
       parentPort.postMessage((await bt.records('channels').toArray()).length);
       await platform.close();
     })();`,
    {
      eval: true,
      workerData: {
        library: path.join(ROOT, 'bindings-node/lib/index.js'),
        database: path.join(folder(), 'x.db'),
        url: simulator.url,
        key: KEY,
        secret: SECRET,
      },
    },
  );
  const count = new Promise((resolve) => worker.once('message', resolve));
  const code = await new Promise((resolve) => worker.once('exit', resolve));
  assert.equal(await count, 5);
  assert.equal(code, 0);
});

// Behaviour of the package in a Node process.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { inspect, promisify } from 'node:util';

import * as esm from '../lib/index.mjs';
import { KEY, ROOT, SECRET, folder, sandbox } from './world.mjs';

const require = createRequire(import.meta.url);
const cjs = require('../lib/index.js');
const { Platform, brighttalk } = esm;

async function connected(t, simulated, options) {
  const simulator = await sandbox(simulated);
  t.after(simulator.stop);
  const platform = await Platform.embedded(path.join(folder(), 'test.db'), {
    brighttalkUrl: simulator.url,
    ...options,
  });
  t.after(() => platform.close());
  const instance = await brighttalk.connect(platform, { apiKey: KEY, apiSecret: SECRET, keepWithoutEmail: true });
  return { simulator, platform, instance };
}

const SLOW = { match: { path: '*/subscribers' }, fault: { type: 'slow_body', stall_after: 10, ms: 60000 } };
const until = async (holds) => {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `still not so: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('a panic is an error', async () => {
  const { Session } = require('../lib/session.js');
  await assert.rejects(
    new Session().call(() => require('../lib/native.js').panicForTest()),
    esm.InternalError,
  );
});

test('both module systems have the same classes', () => {
  assert.equal(esm.NotFoundError, cjs.NotFoundError);
  assert.deepEqual(Object.keys(esm.default).sort(), Object.keys(cjs).sort());
  assert.deepEqual(
    Object.keys(esm)
      .filter((name) => name !== 'default')
      .sort(),
    Object.keys(cjs).sort(),
  );
});

test('wrong options are refused before anything is sent', async () => {
  assert.throws(
    () => Platform.hosted({ baseUrl: 'http://platform.example', userSecret: 'u', organizationSecret: 'o' }),
    esm.ConfigError,
  );
  await assert.rejects(Platform.embedded('x.db', { workers: 'some' }), { code: 'config' });
  const known = { baseUrl: 'https://platform.example', userSecret: 'u', organizationSecret: 'o' };
  const refused = (options, message) =>
    assert.throws(() => Platform.hosted({ ...known, ...options }), { code: 'config', message });
  refused({ timeoutMs: '5000' }, 'timeoutMs must be a whole number of milliseconds, 0 or more, not a string');
  refused({ userSecret: 12345 }, 'userSecret must be a string, not a number');
  refused({ timeoutMs: Infinity }, 'timeoutMs must be a whole number of milliseconds, 0 or more, not Infinity');
  refused({ readTimeoutMs: -1 }, 'readTimeoutMs must be a whole number of milliseconds, 0 or more, not -1');
  refused({ retries: -1 }, 'retries must be a whole number, 0 or more, not -1');
  const hosted = Platform.hosted(known);
  await assert.rejects(hosted.instances.get('400001'), esm.ConfigError);
  await assert.rejects(hosted.request('GET', 7), esm.ConfigError);
  await hosted.close();
  await assert.rejects(
    Platform.embedded('/nowhere/at/all.db'),
    (error) => error instanceof esm.StorageError && error.hint !== undefined,
  );
});

test('aborting ends the call at the vendor', async (t) => {
  const { simulator, instance } = await connected(t);
  await simulator.fault(SLOW);
  const controller = new AbortController();
  const reading = instance.records('channels/1001/contacts', { signal: controller.signal }).page();
  await until(async () => (await simulator.requests()).some((each) => each.path.endsWith('/subscribers')));
  const started = Date.now();
  controller.abort();
  await assert.rejects(reading, { name: 'AbortError' });
  await until(async () => (await simulator.open()) === 0);
  // The instance's four vendor slots are free again: other calls proceed at once.
  await Promise.all(Array.from({ length: 8 }, () => instance.ping()));
  assert.ok(Date.now() - started < 20000);
  await assert.rejects(instance.ping({ signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('time that runs out ends a wait, and a logger that fails does not', async (t) => {
  let heard = 0;
  const fails = () => {
    heard += 1;
    assert.fail('a logger');
  };
  const { simulator, platform, instance } = await connected(t, {}, { logger: { info: fails, warn: fails } });
  await instance.records('contacts', { fields: 'nothing' }).page();
  await simulator.fault(SLOW);
  const job = await instance.bulk.query('select id from contacts');
  await assert.rejects(job.wait({ timeoutMs: 300 }), esm.TimeoutError);
  await assert.rejects(job.wait({ signal: AbortSignal.timeout(300), timeoutMs: 60_000 }), esm.TimeoutError);
  await platform.close();
  assert.ok(heard > 0);
});

test('a cancelled result releases what it waits for', async (t) => {
  const { instance } = await connected(t);
  const job = await instance.bulk.query('select id, email from contacts');
  await job.wait();
  const reader = job.stream('csv').getReader();
  await reader.read();
  const under = reader.read();
  await reader.cancel();
  await under;
  const late = AbortSignal.timeout(1);
  await until(() => late.aborted);
  await assert.rejects(job.download(new WritableStream(), { signal: late }), esm.TimeoutError);
});

test('aborting in the middle of a list leaves nothing open', async (t) => {
  const { simulator, instance } = await connected(t, { subscribers: 1000, channels: 1 });
  const controller = new AbortController();
  let seen = 0;
  const pull = async () => {
    for await (const page of instance
      .records('channels/1001/contacts', { pageSize: 20, signal: controller.signal })
      .pages()) {
      assert.equal(page.records.length, 20);
      if (++seen === 2) await simulator.fault(SLOW);
    }
  };
  const pulling = pull();
  // A page is fetched ahead, so another one may still arrive.
  await until(async () => seen >= 2 && (await simulator.open()) > 0);
  controller.abort();
  await assert.rejects(pulling, { name: 'AbortError' });
  await until(async () => (await simulator.open()) === 0);
});

test('the event loop keeps ticking during a pull', async (t) => {
  const { instance } = await connected(t, { subscribers: 30000 });
  let ticks = 0;
  const ticker = setInterval(() => (ticks += 1), 5);
  const job = await instance.bulk.query('select * from contacts');
  let reports = 0;
  const ended = await job.wait({ onProgress: () => (reports += 1) });
  clearInterval(ticker);
  assert.equal(ended.recordsCount, 30000);
  assert.ok(ticks >= 3 && reports >= 2, `${ticks} ticks, ${reports} reports`);
  const file = path.join(folder(), 'contacts.csv');
  assert.ok((await job.download(file)) > 1e6);
  let bytes = 0;
  for await (const chunk of job.stream('csv')) bytes += chunk.length;
  assert.equal(bytes, (await import('node:fs')).statSync(file).size);
});

test('a stream may be left early', async (t) => {
  const { simulator, instance, platform } = await connected(t);
  const before = (await simulator.requests()).length;
  let seen = 0;
  for await (const record of instance.records('contacts', { pageSize: 10 })) {
    assert.ok(record.id);
    if (++seen === 5) break;
  }
  assert.ok((await simulator.requests()).length - before <= 3);
  // Concurrent next() calls beyond a page yield each record once.
  const reading = instance.records('contacts', { pageSize: 10 })[Symbol.asyncIterator]();
  const some = await Promise.all(Array.from({ length: 25 }, () => reading.next()));
  assert.equal(new Set(some.map(({ value }) => value.id)).size, 25);
  await reading.return();
  assert.equal((await reading.next()).done, true);
  await platform.close();
  await platform.close();
  await assert.rejects(instance.ping(), esm.ClosedError);
});

test('a slow consumer of a stream is waited for', async (t) => {
  const { instance } = await connected(t, { subscribers: 30000 });
  const job = await instance.bulk.query('select * from contacts');
  await job.wait();
  const reader = job.stream('jsonl').getReader();
  await reader.read();
  const before = process.memoryUsage().external;
  await new Promise((resolve) => setTimeout(resolve, 300));
  // Nothing is read before it is requested.
  assert.ok(process.memoryUsage().external - before < 1e6);
  await reader.cancel();
});

test('a native module that cannot be loaded is named with the reason', async (t) => {
  const broken = path.join(folder(), 'broken.node');
  writeFileSync(broken, 'no module');
  const env = { ...process.env, ELEMENTKIT_NATIVE: broken };
  const program = `require(${JSON.stringify(path.join(ROOT, 'bindings-node/lib/index.js'))})`;
  const { stderr } = await promisify(execFile)(process.execPath, ['-e', program], { env }).catch((error) => error);
  assert.match(
    stderr,
    /elementkit: the native module .*broken\.node for \S+ cannot be loaded: .*(too short|invalid ELF|not valid|slice)/,
  );
});

test('the process exits by itself', async (t) => {
  const simulator = await sandbox();
  t.after(simulator.stop);
  const program = `
    const { Platform, brighttalk } = require(${JSON.stringify(path.join(ROOT, 'bindings-node/lib/index.js'))});
    (async () => {
      const platform = await Platform.embedded(${JSON.stringify(path.join(folder(), 'x.db'))}, { brighttalkUrl: ${JSON.stringify(simulator.url)} });
      const bt = await brighttalk.connect(platform, { apiKey: '${KEY}', apiSecret: '${SECRET}' });
      console.log((await bt.records('channels').toArray()).length);
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { timeout: 60000 });
  assert.equal(stdout, '5\n');
});

test('credentials, the host and their absence come from the environment', async (t) => {
  const simulator = await sandbox();
  t.after(simulator.stop);
  const script = `const { Platform, brighttalk } = require(process.argv[1]);
    (async () => {
      const platform = await Platform.embedded(process.argv[2]);
      try {
        const bt = await brighttalk.connect(platform);
        console.log(JSON.stringify([(await platform.instances.list())[0].name, (await bt.records('channels').toArray()).length > 0]));
      } catch (error) {
        console.log(JSON.stringify([error.name, error.message]));
      }
      await platform.close();
    })();`;
  const run = async (env) => {
    const library = path.join(ROOT, 'bindings-node/lib/index.js');
    const given = ['-e', script, library, path.join(folder(t), 'test.db')];
    const { stdout } = await promisify(execFile)(process.execPath, given, { env: { PATH: process.env.PATH, ...env } });
    return JSON.parse(stdout);
  };
  const env = {
    BRIGHTTALK_API_KEY: KEY,
    BRIGHTTALK_API_SECRET: `${SECRET}\n`,
    ELEMENTKIT_BRIGHTTALK_URL: simulator.url,
  };
  assert.deepEqual(await run(env), ['BrightTALK', true]);
  const [name, message] = await run({ ...env, BRIGHTTALK_API_SECRET: ' ' });
  assert.equal(name, 'ConfigError');
  assert.match(message, /BRIGHTTALK_API_SECRET is not set/);
});

test('objects are printed without calls and secrets', async (t) => {
  const { simulator, platform, instance } = await connected(t, { subscribers: 10 });
  assert.match(inspect(platform), /^Platform \{ at: '.*test\.db' \}$/);
  assert.match(inspect(instance), /^Instance \{ id: \d+, name: 'BrightTALK', element: 'brighttalk' \}$/);
  const contacts = instance.records('contacts', { where: 'id > 0', fields: ['id', 'email'] });
  assert.equal(inspect(contacts), "Records contacts { where: 'id > 0', fields: 'id,email' }");
  const job = await instance.bulk.query('select id from contacts');
  assert.equal(inspect(job), `Job ${job.id}`);
  await job.wait();
  assert.match(inspect(job), /status: 'COMPLETED'/);
  const calls = (await simulator.requests()).length;
  const all = inspect({ a: { b: { c: { platform, instance, contacts, job } } } }, { depth: 9 });
  assert.ok(!all.includes(SECRET) && !all.includes(instance.token), all);
  assert.equal(inspect({ a: { b: { c: instance } } }, { depth: 2 }).includes('[Instance]'), true);
  assert.equal((await simulator.requests()).length, calls);
});

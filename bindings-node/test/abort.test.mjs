// Calls that are aborted: at once, also in the middle of a page, and without a trace on the signal.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import path from 'node:path';
import test from 'node:test';

import { Platform, TimeoutError, brighttalk } from '../lib/index.mjs';
import { KEY, SECRET, folder, sandbox } from './world.mjs';

const SLOW = { match: { path: '*/subscribers' }, fault: { type: 'slow_body', stall_after: 10, ms: 60000 } };

async function connected(t) {
  const simulator = await sandbox({ subscribers: 500, channels: 1 });
  t.after(simulator.stop);
  const platform = await Platform.embedded(path.join(folder(), 'test.db'), { brighttalkUrl: simulator.url });
  t.after(() => platform.close());
  const instance = await brighttalk.connect(platform, { apiKey: KEY, apiSecret: SECRET, keepWithoutEmail: true });
  return { simulator, platform, instance };
}

/** Iterates over the result of a function, aborts its signal at the first item, and returns the number of items. */
async function abortedAtFirst(make) {
  const controller = new AbortController();
  let seen = 0;
  const loop = async () => {
    for await (const item of make(controller.signal)) {
      assert.ok(item);
      seen += 1;
      controller.abort();
    }
  };
  await assert.rejects(loop, { name: 'AbortError' });
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  return seen;
}

test('after an abort the next step throws, whatever is iterated over', async (t) => {
  const { instance } = await connected(t);
  const records = (signal) => instance.records('contacts', { pageSize: 100, signal });
  assert.equal(await abortedAtFirst(records), 1);
  assert.equal(await abortedAtFirst((signal) => records(signal).pages()), 1);
  const job = await instance.bulk.query('select * from contacts');
  await job.wait();
  assert.equal(await abortedAtFirst((signal) => job.batches({ size: 10, signal })), 1);
  assert.equal(await abortedAtFirst((signal) => job.stream('csv', { signal })), 1);
  const again = await instance.bulk.query('select * from contacts');
  assert.equal(await abortedAtFirst((signal) => again.statuses({ signal })), 1);
});

test('an abort in the middle of a page ends the iterator', async (t) => {
  const { instance } = await connected(t);
  const controller = new AbortController();
  const reading = instance.records('contacts', { pageSize: 100, signal: controller.signal })[Symbol.asyncIterator]();
  await reading.next();
  controller.abort(null);
  await assert.rejects(reading.next(), (reason) => reason === null);
  assert.equal((await reading.return()).done, true);
});

test('many calls share one listener on a signal, and leave none', async (t) => {
  const { simulator, instance } = await connected(t);
  const warnings = [];
  const warn = (warning) => warnings.push(warning);
  process.on('warning', warn);
  t.after(() => process.off('warning', warn));
  const controller = new AbortController();
  const { signal } = controller;
  const job = await instance.bulk.query('select * from contacts');
  await job.wait({ signal });
  const targets = Array.from({ length: 12 }, () => job.download(new WritableStream(), { signal }));
  const reads = Array.from({ length: 12 }, () => new Response(job.stream('csv', { signal })).text());
  const under = Promise.all([
    ...targets,
    ...reads,
    ...Array.from({ length: 12 }, () => instance.ping({ signal, timeoutMs: 60_000 })),
  ]);
  assert.ok(getEventListeners(signal, 'abort').length <= 1);
  await under;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await simulator.fault(SLOW);
  const slow = Array.from({ length: 12 }, () =>
    assert.rejects(instance.records('contacts', { signal }).page(), { name: 'AbortError' }),
  );
  controller.abort();
  await Promise.all(slow);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test('time runs out alike for every call', async (t) => {
  const { simulator, platform, instance } = await connected(t);
  await simulator.fault(SLOW);
  const limit = { timeoutMs: 100 };
  const late = (call) =>
    assert.rejects(
      call,
      (error) => error instanceof TimeoutError && /within 100 ms/.test(error.message) && /timeoutMs/.test(error.hint),
    );
  await late(instance.records('channels/1001/contacts', limit).page());
  await late(instance.records('channels/1001/contacts', limit).toArray());
  await late(platform.request('GET', 'hubs/marketing/channels/1001/contacts', { token: instance.token, ...limit }));
  const job = await instance.bulk.query('select * from contacts');
  await late(job.wait(limit));
  await assert.rejects(instance.ping({ timeoutMs: 0 }), TimeoutError);
  // Longer than a timer of JavaScript can wait.
  await instance.ping({ timeoutMs: 2 ** 40 });
});

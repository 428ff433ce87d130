// Memory of a Node process: many calls, then a large result streamed to a slow consumer. See packages.sh.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const { Platform, brighttalk } = createRequire(import.meta.url)('../../bindings-node/lib/index.js');
const WARM_UP = 1000;
const [calls, allowed] = process.argv.slice(2).map(Number);

/** Returns the memory in use, after a garbage collection. */
function mebibytes() {
  globalThis.gc();
  return process.memoryUsage.rss() / 2 ** 20;
}

const folder = mkdtempSync(path.join(tmpdir(), 'elementkit-'));
const platform = await Platform.embedded(path.join(folder, 'test.db'), {
  brighttalkUrl: process.env.ELEMENTKIT_BRIGHTTALK_URL,
});
try {
  const bt = await brighttalk.connect(platform, { apiKey: '1', apiSecret: '0123456789ABCDEF0123456789ABCDEF' });
  const contacts = bt.records('channels/1001/contacts', { pageSize: 10 });
  const call = async (times) => {
    for (let number = 0; number < times; number += 1) await (number % 2 ? contacts.page() : bt.objects());
  };
  await call(WARM_UP);
  const before = mebibytes();
  let started = Date.now();
  await call(calls);
  const after = mebibytes();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  console.log(
    `node    ${calls} calls in ${seconds()} s: ${before.toFixed(1)} MiB before, ${after.toFixed(1)} MiB after`,
  );

  const job = await bt.bulk.query('select * from contacts');
  await job.wait();
  const idle = mebibytes();
  started = Date.now();
  let [size, peak, due] = [0, idle, 0];
  for await (const chunk of job.stream('jsonl')) {
    size += chunk.length;
    if (size < due) continue;
    // Slower than the stream, which has to wait.
    due = size + 4e6;
    await pause(20);
    peak = Math.max(peak, mebibytes());
  }
  console.log(
    `node    ${(size / 1e9).toFixed(2)} GB streamed to a slow consumer in ${seconds()} s:` +
      ` ${idle.toFixed(1)} MiB before, ${peak.toFixed(1)} MiB at most`,
  );
  if (Math.max(after - before, peak - idle) > allowed) {
    console.error(`node: memory grew by more than ${allowed} MiB`);
    process.exitCode = 1;
  }
} finally {
  await platform.close();
  rmSync(folder, { recursive: true });
}

// Load time of the package, and blocking of the event loop while it works. See sizes.sh.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const library = fileURLToPath(new URL('../../bindings-node/lib/index.js', import.meta.url));
const timed = `const t = performance.now(); require(${JSON.stringify(library)}); console.log(performance.now() - t)`;
const times = Array.from({ length: 15 }, () => Number(execFileSync(process.execPath, ['-e', timed])));
times.sort((a, b) => a - b);
console.log(`node    loads in ${times[7].toFixed(1)} ms (median of 15)`);

const { Platform, brighttalk } = createRequire(import.meta.url)(library);
const folder = mkdtempSync(path.join(tmpdir(), 'elementkit-'));
const platform = await Platform.embedded(path.join(folder, 'test.db'), {
  brighttalkUrl: process.env.ELEMENTKIT_BRIGHTTALK_URL,
});
const bt = await brighttalk.connect(platform, { apiKey: '1', apiSecret: '0123456789ABCDEF0123456789ABCDEF' });
const delay = monitorEventLoopDelay({ resolution: 1 });
/** Returns the delay beyond the timer's own period of a millisecond. */
const lag = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - 1).toFixed(1);
const told = (what) =>
  console.log(
    `node    ${what}: event loop lag ${lag(delay.percentile(50))} ms median, ${lag(delay.percentile(99))} ms p99, ${lag(delay.max)} ms at most`,
  );
delay.enable();
const job = await bt.bulk.query('select * from contacts');
const { recordsCount } = await job.wait();
told(`bulk pull of ${recordsCount} contacts`);
delay.reset();
let bytes = 0;
for await (const chunk of job.stream('csv')) bytes += chunk.length;
told(`${(bytes / 1e6).toFixed(0)} MB of CSV streamed`);
delay.reset();
let rows = 0;
for await (const batch of job.batches({ size: 1000 })) rows += batch.length;
told(`${rows} records in batches of 1000`);
delay.disable();
await platform.close();
rmSync(folder, { recursive: true });

// A worker thread that ends in the middle of calls does not affect the rest of the process.
// WORKERS is the number of workers for each kind of call and each way to end; the long form is `./test long workers`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { KEY, SECRET, sandbox } from './world.mjs';

const PROGRAM = fileURLToPath(new URL('./workers.mjs', import.meta.url));
const KINDS = [
  'json',
  'page',
  'records',
  'left',
  'job',
  'result',
  'download',
  'batches',
  'sync',
  'request',
  'opening',
  'closing',
  'late',
];
const LONG = process.env.WORKERS !== undefined;
const WORKERS = Number(process.env.WORKERS ?? 4);
/** All ways for one kind, one way for each of the others; the long form tries all. */
const CASES = KINDS.flatMap((kind, at) =>
  ['terminate', 'exit', 'throw']
    .filter((_, way) => LONG || kind === 'late' || way === at % 3)
    .map((how) => [kind, how]),
);

async function run(url, kind, how) {
  const env = {
    ...process.env,
    ELEMENTKIT_BRIGHTTALK_URL: url,
    BRIGHTTALK_API_KEY: KEY,
    BRIGHTTALK_API_SECRET: SECRET,
  };
  const child = spawn(process.execPath, [PROGRAM, how, kind, String(WORKERS)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000 + 2_000 * WORKERS);
  const end = await new Promise((resolve) => child.once('close', (...each) => resolve(each)));
  clearTimeout(late);
  assert.deepEqual(end, [0, null], output.slice(-500));
  assert.equal(output, `${WORKERS} workers ended\n`);
}

test('a worker that ends in the middle of calls leaves the process alone', async (t) => {
  const simulator = await sandbox({ subscribers: 400, channels: 2 });
  t.after(simulator.stop);
  for (const [kind, how] of CASES) {
    await t.test(`${kind}, by ${how}`, () => run(simulator.url, kind, how));
  }
});

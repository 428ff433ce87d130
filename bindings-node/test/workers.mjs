// A program of worker threads that end in the middle of calls. usage: node workers.mjs HOW KIND WORKERS
// The main thread never loads the package, so that the end of the last worker unloads the module.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const AT_ONCE = 4;

/** Every kind of call, each in a loop; `platform` is embedded, `hosted` never gets a response in time. */
export const KINDS = {
  json: ({ platform }) => platform.elements(),
  page: ({ bt }) => bt.records('contacts', { pageSize: 50 }).page(),
  records: async ({ bt }) => {
    for await (const record of bt.records('contacts', { pageSize: 20 })) void record;
  },
  left: async ({ bt }) => {
    // An iterator that is not closed; the garbage collector or the teardown drops it.
    await bt.records('contacts', { pageSize: 20 }).pages().next();
  },
  job: async ({ bt }) => {
    const job = await bt.bulk.query('select * from contacts');
    await job.wait();
  },
  result: async ({ bt, done }) => {
    for await (const chunk of (await done()).stream('jsonl')) void chunk;
  },
  download: async ({ done, folder }) => (await done()).download(path.join(folder, 'result.csv')),
  batches: async ({ done }) => {
    for await (const batch of (await done()).batches({ size: 10 })) void batch;
  },
  sync: async ({ bt }) => {
    for await (const rows of (await bt.sync('contacts')).batches()) void rows;
  },
  request: ({ bt, platform }) => platform.request('GET', 'hubs/marketing/objects', { token: bt.token }),
  opening: async ({ ek, url, folder }) => {
    const opened = await ek.Platform.embedded(path.join(folder, `${Math.random()}.db`), { brighttalkUrl: url });
    await opened.close();
  },
  closing: async ({ platform }) => {
    await platform.close();
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  late: ({ hosted }) => hosted.elements(),
};

if (isMainThread) {
  const [how, kind, workers] = process.argv.slice(2);
  // Responds long after the worker has ended.
  const slow = createServer((_, answer) => setTimeout(() => answer.end('[]'), 300)).listen(0, '127.0.0.1');
  await new Promise((resolve) => slow.once('listening', resolve));
  const folder = mkdtempSync(path.join(tmpdir(), 'elementkit-'));
  let ended = 0;
  const one = (number) =>
    new Promise((resolve) => {
      const own = mkdtempSync(path.join(folder, 'worker-'));
      const data = { how, kind, folder: own, slow: slow.address().port, after: 5 + ((number * 37) % 120) };
      const worker = new Worker(new URL(import.meta.url), { workerData: data });
      worker.on('error', (error) => error.message === 'provoked' || console.error(error));
      worker.once('message', () => how === 'terminate' && setTimeout(() => worker.terminate(), data.after));
      worker.once('exit', () => {
        ended += 1;
        resolve();
      });
    });
  for (let number = 0; number < Number(workers); number += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, Number(workers) - number) }, (_, at) => one(number + at)));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  slow.closeAllConnections();
  slow.close();
  rmSync(folder, { recursive: true, force: true });
  console.log(`${ended} workers ended`);
} else {
  const ek = await import('../lib/index.mjs');
  const { how, kind, folder, slow, after } = workerData;
  const url = process.env.ELEMENTKIT_BRIGHTTALK_URL;
  const platform = await ek.Platform.embedded(path.join(folder, 'test.db'), {
    brighttalkUrl: url,
    logger: { info() {} },
  });
  const bt = await ek.brighttalk.connect(platform);
  const hosted = ek.Platform.hosted({ baseUrl: `http://127.0.0.1:${slow}`, userSecret: 'u', organizationSecret: 'o' });
  let finished;
  const done = async () => {
    if (!finished) {
      finished = await bt.bulk.query('select * from contacts where channelId = 1001');
      await finished.wait();
    }
    return finished;
  };
  if (['result', 'download', 'batches'].includes(kind)) await done();
  parentPort.postMessage('in');
  if (how === 'exit') setTimeout(() => process.exit(0), after);
  if (how === 'throw')
    setTimeout(() => {
      throw new Error('provoked');
    }, after);
  const busy = async () => {
    for (;;) await KINDS[kind]({ ek, platform, bt, hosted, done, folder, url });
  };
  await Promise.all([busy(), busy(), busy()]);
}

// Cost of iterating over hosted records in Node, compared with decoding the same pages with JSON.parse. See sizes.sh.
import { createRequire } from 'node:module';

const { Platform, brighttalk } = createRequire(import.meta.url)('../../bindings-node/lib/index.js');
const LIST = 'channels/1001/contacts';
const pageSize = 1000;

/** Returns the count of the work, and CPU seconds of the whole process. */
async function cpu(work) {
  const started = process.cpuUsage();
  const count = await work();
  const { user, system } = process.cpuUsage(started);
  return [count, (user + system) / 1e6];
}

const platform = Platform.hosted();
const bt = await brighttalk.connect(platform, { apiKey: '1', apiSecret: '0123456789ABCDEF0123456789ABCDEF' });
const bodies = [];
for await (const { records } of bt.records(LIST, { pageSize }).pages())
  bodies.push(Buffer.from(JSON.stringify(records)));
const [count, floor] = await cpu(() => {
  let seen = 0;
  for (const body of bodies) for (const _ of JSON.parse(body.toString())) seen += 1;
  return seen;
});
const [own, taken] = await cpu(async () => {
  let seen = 0;
  for await (const _ of bt.records(LIST, { pageSize })) seen += 1;
  return seen;
});
if (own !== count) throw new Error(`${own} records, not ${count}`);
const each = (seconds) => ((seconds / count) * 1e6).toFixed(2);
console.log(
  `node    ${count} hosted records: ${each(taken)} µs of CPU each with fetching,` +
    ` JSON.parse alone ${each(floor)} µs: ${(taken / floor).toFixed(2)} times`,
);
await platform.close();

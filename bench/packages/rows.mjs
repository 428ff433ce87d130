// Typical code of a user of the npm package, in each way: `rows.mjs WAY URL DATABASE`. Prints the number of records and
// the sum of their user ids.
import { Platform, brighttalk } from '../../bindings-node/lib/index.mjs';

const [way, url, database] = process.argv.slice(2);
let rows = 0;
let sum = 0;
const each = async (records) => {
  for await (const record of records) {
    rows += 1;
    sum += record.userId;
  }
};
if (way === 'hosted') {
  const platform = Platform.hosted({ baseUrl: url, userSecret: 'user', organizationSecret: 'organization' });
  await each(platform.instances.withToken('token').records('contacts'));
  await platform.close();
} else {
  const platform = await Platform.embedded(database, { brighttalkUrl: url });
  const bt = await brighttalk.connect(platform, { keepWithoutEmail: true });
  await each(bt.records('contacts'));
  await platform.close();
}
console.log(JSON.stringify({ rows, sum }));

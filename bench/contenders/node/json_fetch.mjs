// The lists of a hosted platform: fetch + JSON.parse, every record an object.
import { COLUMNS, options, pool, write } from './common.mjs';

await pool.close();
if (options.output) await write([COLUMNS]);
let count = 0;
let sum = 0;
let token;
do {
  const more = token ? `&nextPage=${token}` : '';
  const answer = await fetch(`${options.url}/elements/api-v2/hubs/marketing/contacts?pageSize=200${more}`);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const records = JSON.parse(await answer.text());
  for (const record of records) {
    count += 1;
    sum += record.userId;
  }
  if (options.output) await write(records.map((record) => COLUMNS.map((name) => record[name])));
  token = answer.headers.get('elements-next-page-token');
} while (token);
console.log(JSON.stringify({ rows: count, sum }));

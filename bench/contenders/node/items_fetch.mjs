// The items of a JSON service: fetch + JSON.parse, every item an object.
import { options, pool } from './common.mjs';

await pool.close();
let rows = 0;
let sum = 0;
let page = 1;
while (page) {
  const answer = await fetch(`${options.url}/items?page=${page}&per_page=100`);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const body = await answer.json();
  for (const item of body.items) {
    rows += 1;
    sum += item.person.id;
  }
  page = body.paging.next;
}
console.log(JSON.stringify({ rows, sum }));

// Follows a bulk job, and reads its figures and failed rows.
import { Platform, brighttalk } from 'elementkit';

const platform = await Platform.embedded('elementkit.db');
const bt = await brighttalk.connect(platform);
// show
const job = await bt.bulk.query('select id, email from contacts where channelId = 1001 order by id');
const status = await job.wait({ onProgress: ({ progress }) => console.log(progress?.rowsWritten ?? 0) });
console.log(status.recordsCount, 'records');
for await (const row of job.errors()) console.log('failed:', row);
for await (const rows of job.batches({ size: 1000 })) console.log(rows.length, 'rows, the first is', rows[0]);
await job.download('contacts.parquet'); // or .csv, .json, .jsonl, .arrow
// end
await platform.close();

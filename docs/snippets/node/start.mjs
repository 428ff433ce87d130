// Connects, lists channels, and pulls all contacts into a file.

// show
import { Platform, brighttalk } from 'elementkit';

const platform = await Platform.embedded('elementkit.db'); // a local file; no account needed
const bt = await brighttalk.connect(platform); // BRIGHTTALK_API_KEY, BRIGHTTALK_API_SECRET
for await (const channel of bt.records('channels')) console.log(channel.id, channel.name);

const job = await bt.bulk.query('select * from contacts');
await job.wait();
await job.download('contacts.csv');
await platform.close();
// end

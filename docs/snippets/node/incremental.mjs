// Pulls what changed since the last pull.
import { Platform, brighttalk } from 'elementkit';

const platform = await Platform.embedded('elementkit.db');
const bt = await brighttalk.connect(platform);
// show
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const state = existsSync('contacts.state') ? readFileSync('contacts.state', 'utf8') : null;
const pull = await bt.sync('contacts', state);
await pull.download('changed.csv'); // upsert these rows by their id
for (const partition of await pull.pending()) {
  console.log('could not be read, comes with the next pull:', partition);
}
writeFileSync('contacts.state', await pull.state()); // only now: a state is never ahead of the rows
// end
await platform.close();

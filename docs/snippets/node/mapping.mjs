// Defines an object and maps the contacts of BrightTALK to it.
import { Platform, brighttalk } from 'elementkit';

const platform = await Platform.embedded('elementkit.db');
const bt = await brighttalk.connect(platform);
// show
import { readFileSync } from 'node:fs';

const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
await platform.definitions().create('people', json('people.json'));
await platform.transformations().create('people', json('people-brighttalk.json'));

for (const person of await bt.records('people').toArray({ limit: 3 })) console.log(person.id, person.joined);
// end
await platform.close();

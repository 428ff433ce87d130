// Imports an element that is a document, and reads with it.
import { Platform } from 'elementkit';

const platform = await Platform.embedded('elementkit.db');
// show
const report = await platform.elements.check('crm.json');
for (const problem of report.problems) console.log(problem.pointer, problem.message);

await platform.elements.import('crm.json');
const configuration = { 'base.url': process.env.CRM_URL, 'access.token': process.env.CRM_TOKEN };
const crm = await platform.instances.connect({ element: 'tinycrm', name: 'crm', configuration });
for await (const client of crm.records('clients')) console.log(client.id, client.name);
// end
await platform.close();

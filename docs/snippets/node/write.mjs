// Creates, changes and deletes a record.
import { Platform } from 'elementkit';

const platform = await Platform.embedded('elementkit.db');
await platform.elements.import('crm.json');
const configuration = { 'base.url': process.env.CRM_URL, 'access.token': process.env.CRM_TOKEN };
const crm = await platform.instances.connect({ element: 'tinycrm', name: 'crm', configuration });
// show
const clients = crm.records('clients');
const made = await clients.create({ name: 'Acme', employees: 12 });
console.log('created', made.id);
await clients.update(made.id, { employees: 13 });
await clients.delete(made.id);
// end
await platform.close();

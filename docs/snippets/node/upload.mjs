// Sends the records of a file, and keeps those that failed.
import { Platform } from 'elementkit';

const platform = await Platform.embedded('elementkit.db');
await platform.elements.import('crm.json');
const configuration = { 'base.url': process.env.CRM_URL, 'access.token': process.env.CRM_TOKEN };
const crm = await platform.instances.connect({ element: 'tinycrm', name: 'crm', configuration });
// show
const job = await crm.bulk.upload('clients', 'clients.csv', { mode: 'create' });
const { recordsCount, recordsFailedCount } = await job.wait();
console.log(`${recordsCount} records, ${recordsFailedCount} failed`);
if (recordsFailedCount) await job.downloadFailed('failed.csv'); // correct these, then upload them again
// end
await platform.close();

// An HTTP service that streams a bulk result of any size.
// Run it against a sandbox: `elementkit sandbox` prints the URL for ELEMENTKIT_BRIGHTTALK_URL.
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { Platform, brighttalk } from 'elementkit';

const database = process.argv[2] ?? 'elementkit.db';
const platform = await Platform.embedded(database, { brighttalkUrl: process.env.ELEMENTKIT_BRIGHTTALK_URL });
const bt = await brighttalk.connect(platform);

const server = createServer(async (request, response) => {
  try {
    const job = await bt.bulk.query('select id, email from contacts');
    await job.wait();
    response.setHeader('content-type', 'text/csv');
    // A pipeline, not a pipe: it ends the result when the reader disconnects, and fails when the result is incomplete.
    await pipeline(Readable.fromWeb(job.stream('csv')), response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end(`${error.message}\n`);
  }
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
process.once('SIGTERM', async () => {
  server.close();
  await platform.close();
});

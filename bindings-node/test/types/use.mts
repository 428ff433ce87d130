import { NotFoundError, Platform, brighttalk, type Contact } from '../../lib/index.mjs';

export async function main(): Promise<number> {
  const platform = await Platform.embedded('elementkit.db', { workers: 'manual' });
  try {
    const bt = await brighttalk.connect(platform, { name: 'marketing' });
    for await (const contact of bt.records<Contact>('contacts', { where: 'channelId = 1001' })) {
      const email: string | null | undefined = contact.email;
      console.log(email);
    }
    const job = await bt.bulk.query('select * from contacts');
    const ended = await job.wait({ onProgress: (status) => console.log(status.progress?.rowsWritten) });
    const stream: ReadableStream<Uint8Array> = job.stream('jsonl');
    await stream.cancel();
    return ended.recordsCount ?? 0;
  } catch (error) {
    if (error instanceof NotFoundError) return error.status ?? 0;
    throw error;
  } finally {
    await platform.close();
  }
}

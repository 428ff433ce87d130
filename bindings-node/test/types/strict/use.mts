// Code that must compile or must not, with the strictest options and the default libraries.
import { Readable } from 'node:stream';

import elementkit, {
  ConfigError,
  NotFoundError,
  LoopbackCallback,
  type ByteStream,
  type CallAnswer,
  type Contact,
  type DefinitionReport,
  type ElementKitError,
  type Grant,
  type Instance,
  type Integer,
  type Job,
  type JsonRecord,
  type OauthUrl,
  type Platform,
  type Webcast,
} from 'elementkit';

declare const bt: Instance, job: Job, error: ElementKitError, maybe: string | undefined, resource: string;

// A result is a stream for Node and for the web.
export const node: Readable = Readable.fromWeb(job.stream('csv'));
export const web: ReadableStream<Uint8Array> = job.stream('csv');
export const both: ByteStream = job.stream();
export const response: Response = new Response(job.stream('jsonl'));
export const same: typeof elementkit.NotFoundError = NotFoundError;

// Options that are undefined count as absent.
export const list = bt.records('contacts', { where: maybe, fields: undefined, signal: undefined });

// The name of a resource determines the type of its records.
export const contacts: Promise<Contact[]> = bt.records('contacts').toArray();
export const own: Promise<Contact[]> = bt.records('channels/1001/contacts').toArray();
export const webcasts: Promise<Webcast[]> = bt
  .records(`channels/${1001}/webcasts`, { fields: ['id', 'title'] })
  .toArray();
export const shapes: Promise<JsonRecord[]> = bt.records('people', { fields: ['mail'] }).toArray();
export const any: Promise<JsonRecord[]> = bt.records(resource).toArray();
export const mine: Promise<{ mail: string }[]> = bt.records<{ mail: string }>('people', { fields: ['mail'] }).toArray();

// Integers beyond 2^53 are bigints.
declare const contact: Contact;
export const large: Integer | null | undefined = contact.id;
export const sum: number | bigint = typeof contact.id === 'bigint' ? contact.id + 1n : (contact.id ?? 0) + 1;
// @ts-expect-error an id may be a bigint
export const small: number | null | undefined = contact.id;

export const code: boolean = error.code === 'not_found';
export const details = new ConfigError('message', { cause: error, hint: maybe }).toJSON().cause;

// @ts-expect-error a misspelt code
export const misspelt = error.code === 'not_fuond';
// @ts-expect-error a misspelt field
export const wrong = bt.records('contacts', { fields: ['emial'] });
// @ts-expect-error a misspelt field of a named type
export const wrongToo = bt.records<Contact>('contacts', { fields: ['emial'] });
// @ts-expect-error a misspelt option
export const unknown = bt.records('contacts', { orderby: 'id' });

// Written records have the type of the list.
interface Account {
  readonly id: string;
  readonly name: string;
  readonly employees?: number | null;
}
declare const platform: Platform, written: Account;
const accounts = bt.records<Account>('accounts');
export const created: Promise<Account | undefined> = accounts.create({ name: 'Acme' });
export const replaced: Promise<Account | undefined> = accounts.replace(7n, written, { timeoutMs: 1000 });
export const changed: Promise<Account | undefined> = accounts.update('a/7', { employees: null, name: maybe });
export const deleted: Promise<void> = accounts.delete(7, { signal: AbortSignal.timeout(1000) });
export const untyped: Promise<JsonRecord | undefined> = bt.records(resource).create(written);
export const mapped: Promise<Contact | undefined> = bt.records('contacts').update(1, { firstName: 'Ada' });
// @ts-expect-error a misspelt field
export const misnamed = accounts.create({ nmae: 'Acme' });
// @ts-expect-error a value of the wrong type
export const mistyped = accounts.update(7, { employees: 'many' });

export async function called(): Promise<unknown> {
  const answer: CallAnswer = await bt.call('POST', 'accounts/7/merge', { json: { from: '8' }, query: { dry: true } });
  const stored = await bt.call('PUT', 'accounts/7/logo', { bytes: new Uint8Array(4), contentType: 'image/png' });
  const type: string | null = stored.headers.get('content-type');
  return [type, answer.warnings[0]?.code, answer.json()];
}

export async function granted(): Promise<Instance> {
  using callback = await LoopbackCallback.bind({ port: 0 });
  const login: OauthUrl = await platform.elements.oauthUrl('acme', { apiKey: 'a', callbackUrl: callback.url });
  const grant: Grant = await callback.grant(login);
  const again: Grant = login.grant(new URL('app:/done?code=c&state=s'));
  const report: DefinitionReport = await platform.elements.check({ key: 'acme' });
  const imported: JsonRecord = await platform.elements.import(new URL('file:///acme.json'));
  await platform.elements.replace('acme', { ...imported, hint: report.problems[0]?.hint });
  const elements: JsonRecord[] = [...(await platform.elements()), ...(await platform.elements.list())];
  return platform.instances.connect({ element: 'acme', name: `${elements.length}`, granted: maybe ? grant : again });
}

// Code that must compile or must not, with the strictest options and the default libraries.
import { Readable } from 'node:stream';

import elementkit, {
  ConfigError,
  NotFoundError,
  type ByteStream,
  type Contact,
  type ElementKitError,
  type Instance,
  type Integer,
  type Job,
  type JsonRecord,
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

// Shared code of the Node contenders: arguments, columns, CSV, and how channels are spread over connections.
import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { createGunzip } from 'node:zlib';
import { Pool } from 'undici';

export const COLUMNS = (
  'id lastSubscribed unsubscribed embedUrl embedTrack userId email realmId realmUserId firstName lastName phone ' +
  'jobTitle level companyName companySize industry country stateProvince'
).split(' ');
export const USER = ['email', ...COLUMNS.slice(8)];

export const options = parseArgs({
  options: {
    url: { type: 'string' },
    ca: { type: 'string' },
    output: { type: 'string' },
    concurrency: { type: 'string', default: '1' },
  },
}).values;

const connect = options.ca ? { ca: readFileSync(options.ca) } : undefined;
export const pool = new Pool(options.url, { connections: Number(options.concurrency), connect });
const authorization = `Basic ${Buffer.from('1:secret').toString('base64')}`;

export async function get(path) {
  const request = { path, method: 'GET', headers: { authorization, 'accept-encoding': 'gzip' } };
  const { statusCode, headers, body } = await pool.request(request);
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  return headers['content-encoding'] === 'gzip' ? body.pipe(createGunzip()) : body;
}

const file = options.output ? createWriteStream(options.output, { highWaterMark: 1 << 20 }) : undefined;
const SPECIAL = /[",\n\r]/;
const field = (value) => (SPECIAL.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

/** Writes rows, each an array in the order of the columns; waits for the file to drain. */
export async function write(rows) {
  let lines = '';
  for (const row of rows) {
    for (let at = 0; at < row.length; at++) {
      const value = row[at];
      lines += (at ? ',' : '') + (value === undefined || value === '' ? '' : field(String(value)));
    }
    lines += '\n';
  }
  if (!file.write(lines)) await once(file, 'drain');
}

export async function end() {
  file.end();
  await once(file, 'finish');
  await pool.close();
}

/** Runs the work of each channel, with limited concurrency. */
export async function eachChannel(channels, work) {
  const left = [...channels];
  const next = async () => {
    for (let channel = left.shift(); channel !== undefined; channel = left.shift()) await work(channel);
  };
  await Promise.all(Array.from({ length: Number(options.concurrency) }, next));
}

export async function channelIds() {
  const page = await text(await get('/v1/my/channels'));
  return [...page.matchAll(/<channel id="(\d+)"/g)].map((found) => found[1]);
}

export const listPath = (channel, cursor) =>
  `/v1/channel/${channel}/subscribers?pageSize=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;

export const cursorOf = (href) => new URL(href).searchParams.get('cursor');

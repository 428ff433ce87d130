// Many: instances, records and people. Prints what it measured, and fails if a page is slow or memory grows.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { ELEMENTKIT, INSTANCES = '10000', RECORDS = '1000000', PEOPLE = '300', SECONDS = '300' } = process.env;
const SECRET = '0123456789ABCDEF0123456789ABCDEF';
const folder = mkdtempSync(join(tmpdir(), 'elementkit-console-'));
const children = [];

async function start(args) {
  const child = spawn(ELEMENTKIT, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  for await (const line of createInterface(child.stdout)) return { line, pid: child.pid };
  throw new Error(`${args.join(' ')} ended`);
}

const memory = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

async function timed(act) {
  const started = performance.now();
  const value = await act();
  return [value, performance.now() - started];
}

async function all(number, width, act) {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < number) await act(next++);
    }),
  );
}

try {
  const vendor = (await start(['sandbox', '--subscribers', RECORDS])).line;
  const database = join(folder, 'load.db');
  const target = ['--database', database, '--brighttalk-url', vendor];
  const { userSecret, organizationSecret } = JSON.parse(
    execFileSync(ELEMENTKIT, ['--database', database, 'secrets', '--json'], { encoding: 'utf8' }),
  );
  const server = await start([...target, 'serve', '--listen', '127.0.0.1:0']);
  const origin = `http://${JSON.parse(server.line).address}`;
  const authorization = `User ${userSecret}, Organization ${organizationSecret}`;
  const call = async (method, path, body, element) => {
    const response = await fetch(`${origin}/elements/api-v2/${path}`, {
      method,
      headers: {
        authorization: element ? `${authorization}, Element ${element}` : authorization,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
    assert.equal(response.status, 200, `${method} ${path}`);
    return response.json();
  };
  const configuration = { 'brighttalk.api.key': '1', 'brighttalk.api.secret': SECRET };
  const create = (name) => call('POST', 'elements/brighttalk/instances', { name, configuration });
  const first = await create('first');
  const [, creating] = await timed(() => all(Number(INSTANCES) - 1, 16, (at) => create(`instance ${at}`)));
  console.log(`${INSTANCES} instances in ${Math.round(creating / 1000)} s`);

  async function signIn() {
    const response = await fetch(`${origin}/console/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin },
      body: new URLSearchParams({ user: userSecret, organization: organizationSecret }),
    });
    assert.equal(response.status, 303);
    return response.headers.get('set-cookie').split(';')[0];
  }
  const cookie = await signIn();
  async function page(path, as = cookie) {
    const response = await fetch(origin + path, { headers: { cookie: as } });
    const text = await response.text();
    assert.equal(response.status, 200, `${path}: ${text.slice(0, 300)}`);
    return text;
  }
  for (const [path, limit] of [
    ['/console', 500],
    ['/console/instances', 500],
    ['/console/instances?search=instance+77', 1000],
    [`/console/instances/${first.id}`, 1000],
    [`/console/instances/${first.id}/records?path=contacts`, 5000],
    [`/console/instances/${first.id}/records?path=channels/1001/viewings`, 5000],
  ]) {
    const [text, took] = await timed(() => page(path));
    console.log(`${path}: ${Math.round(took)} ms, ${text.length} characters`);
    assert.ok(took < limit && text.length < 300_000, path);
  }

  // The first screen with its files, as a browser fetches them.
  const home = await page('/console');
  const files = [...home.matchAll(/(?:href|src)="(\/console\/assets\/[^"]+)"/g)].map(([, path]) => path);
  const [sizes, firstScreen] = await timed(async () => {
    const all = await Promise.all(['/console', ...new Set(files)].map((path) => page(path)));
    return all.map((text) => Buffer.byteLength(text));
  });
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`first screen: ${bytes} bytes, ${Math.round(firstScreen)} ms`);
  assert.ok(bytes < 100_000, 'the first screen is too large');

  // All records of a list, as a file that is streamed.
  const file = `${origin}/console/instances/${first.id}/records/file?path=contacts&format=csv`;
  const [received, streaming] = await timed(async () => {
    const response = await fetch(file, { headers: { cookie } });
    let length = 0;
    for await (const chunk of response.body) length += chunk.length;
    return length;
  });
  console.log(`file: ${received} bytes in ${Math.round(streaming)} ms, memory ${memory(server.pid)} KiB`);

  // The report of a channel, from all of its records.
  const csrf = /name="csrf" value="([^"]+)"/.exec(home)[1];
  const report = `/console/instances/${first.id}/engagement`;
  const begin = () =>
    fetch(origin + report, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin, cookie },
      body: new URLSearchParams({ csrf, channel: '1001' }),
    });
  const [made, making] = await timed(async () => {
    assert.equal((await begin()).status, 303);
    for (;;) {
      const text = await page(`${report}/progress`);
      if (!text.includes('hx-get')) return text;
      await new Promise((done) => setTimeout(done, 500));
    }
  });
  assert.ok(made.includes('<svg'), made.slice(0, 500));
  console.log(`report: ${Math.round(making)} ms, memory ${memory(server.pid)} KiB`);

  // People who look around, beside a bulk job.
  await call('POST', 'bulk/query?q=select%20*%20from%20contacts', undefined, first.token);
  const people = [];
  await all(Number(PEOPLE), 10, async () => people.push(await signIn()));
  const paths = [
    '/console',
    '/console/instances',
    `/console/instances/${first.id}`,
    '/console/elements',
    '/console/running',
  ];
  const until = performance.now() + Number(SECONDS) * 1000;
  let calls = 0;
  let slowest = 0;
  const early = new Promise((done) =>
    setTimeout(() => done(memory(server.pid)), Math.min(60, Number(SECONDS) / 3) * 1000),
  );
  await Promise.all(
    people.map(async (person, at) => {
      for (let step = at; performance.now() < until; step += 1) {
        const [, took] = await timed(() => page(paths[step % paths.length], person));
        calls += 1;
        slowest = Math.max(slowest, took);
        await new Promise((done) => setTimeout(done, 1000));
      }
    }),
  );
  const [before, after] = [await early, memory(server.pid)];
  console.log(`${PEOPLE} people, ${calls} pages in ${SECONDS} s, slowest ${Math.round(slowest)} ms`);
  console.log(`memory ${before} KiB, at the end ${after} KiB`);
  assert.ok(after < before * 1.25 + 20_000, 'memory grows');
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}

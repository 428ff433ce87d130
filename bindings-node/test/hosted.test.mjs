// Responses of a hosted platform arrive unchanged: headers, members, integers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'node:test';

import * as ek from '../lib/index.mjs';

/** Starts a platform that responds to every request with this body, and records the requests. */
async function hosted(t, body, { headers = {}, ...options } = {}) {
  const asked = [];
  const server = createServer(async (request, answer) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    asked.push({ method: request.method, url: request.url, headers: request.headers, text });
    answer.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  return { asked, platform: ek.Platform.hosted({ baseUrl, userSecret: 'u', organizationSecret: 'o', ...options }) };
}

test('instances, elements and configuration are what was sent', async (t) => {
  const instance = { id: 7, name: 'a', token: 'T', element: { key: 'brighttalk' } };
  const list = (await hosted(t, JSON.stringify([instance]))).platform;
  assert.deepEqual(await list.instances.list(), [instance]);
  assert.deepEqual(await (await hosted(t, '[{"id":1,"key":"x"}]')).platform.elements(), [{ id: 1, key: 'x' }]);
  const one = (await hosted(t, JSON.stringify(instance))).platform;
  const handle = await one.instances.get(7);
  assert.deepEqual(handle.details, instance);
  assert.deepEqual(await handle.patch({ name: 'a' }), instance);
  assert.deepEqual(await handle.update({ name: 'a' }), instance);
  const item = { id: 3, key: 'k', propertyValue: '1' };
  assert.deepEqual(await (await hosted(t, JSON.stringify([item]))).platform.instances.withToken('T').configuration(), [
    item,
  ]);
  assert.deepEqual(
    await (await hosted(t, JSON.stringify(item))).platform.instances.withToken('T').configure(3, true),
    item,
  );
});

test('a request has headers in both directions, and a method in any case', async (t) => {
  const headers = { 'Elements-Next-Page-Token': 'next', 'X-Two': ['a', 'b'] };
  const { asked, platform } = await hosted(t, '{"ok":true}', { headers });
  const options = { token: 'T', headers: { 'X-Own': '1' }, query: { pageSize: 5, deep: true }, json: { n: 2n ** 70n } };
  const answer = await platform.request('patch', 'things/7', options);
  assert.equal(answer.headers.get('elements-next-page-token'), 'next');
  assert.equal(answer.headers.get('x-two'), 'a, b');
  assert.deepEqual([answer.status, answer.json()], [200, { ok: true }]);
  const [{ method, url, headers: sent, text }] = asked;
  assert.deepEqual(
    [method, url, sent['x-own'], text],
    ['PATCH', '/elements/api-v2/things/7?pageSize=5&deep=true', '1', '{"n":1180591620717411303424}'],
  );
  await platform.request('get', 'things', { headers: new Headers([['X-Own', '2']]) });
  assert.deepEqual([asked[1].method, asked[1].headers['x-own']], ['GET', '2']);
});

const LARGE =
  '[{"id":9007199254740993,"low":-9007199254740993,"safe":9007199254740991,"n":12345678901234567890123,"deep":[[123456789012345678]],' +
  '"text":"9007199254740993","quote":"\\",9007199254740993,","real":12345678901234567.5,"power":12345678901234567e3}]';

test('integers beyond 2^53 arrive exactly, in the kind that was chosen', async (t) => {
  const read = async (options) =>
    (await (await hosted(t, LARGE, options)).platform.instances.withToken('T').records('contacts').toArray())[0];
  const same = {
    safe: 9007199254740991,
    text: '9007199254740993',
    quote: '",9007199254740993,',
    real: 12345678901234567.5,
    power: 12345678901234567e3,
  };
  const exact = {
    id: 9007199254740993n,
    low: -9007199254740993n,
    n: 12345678901234567890123n,
    deep: [[123456789012345678n]],
  };
  assert.deepEqual(await read(), { ...same, ...exact });
  assert.deepEqual(await read({ integers: 'bigint' }), { ...same, ...exact });
  const texts = {
    id: '9007199254740993',
    low: '-9007199254740993',
    n: '12345678901234567890123',
    deep: [['123456789012345678']],
  };
  assert.deepEqual(await read({ integers: 'text' }), { ...same, ...texts });
  assert.deepEqual(await read({ integers: 'number' }), JSON.parse(LARGE)[0]);
});

test('every way in reads integers exactly, and what came in can go out', async (t) => {
  const instance = { id: 0, name: 'a', token: 'T' };
  const large = 9007199254740993n;
  const sent = JSON.stringify(instance).replace('"id":0', `"id":${large}`);
  const { asked, platform } = await hosted(t, sent);
  const handle = await platform.instances.get(large);
  assert.deepEqual([handle.id, handle.details.id], [large, large]);
  assert.equal(asked[0].url, `/elements/api-v2/instances/${large}`);
  assert.equal((await platform.request('GET', 'x')).json().id, large);
  await platform.request('POST', 'x', { json: { records: [handle.details], text: `${large}` } });
  assert.equal(asked.at(-1).text, `{"records":[${sent}],"text":"${large}"}`);
  assert.equal(String(ek.field('id').eq(handle.id)), `id = ${large}`);
  const texts = (await hosted(t, sent, { integers: 'text' })).platform;
  assert.equal((await texts.instances.get(`${large}`)).id, `${large}`);
  // A program's own toJSON() of BigInt has no effect.
  BigInt.prototype.toJSON = function toJSON() {
    return String(this);
  };
  t.after(() => delete BigInt.prototype.toJSON);
  await platform.request('POST', 'x', { json: [large] });
  assert.equal(asked.at(-1).text, `[${large}]`);
});

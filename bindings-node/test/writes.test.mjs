// Writes, other calls, and logins that a user grants, beyond the scenarios.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { inspect } from 'node:util';

import * as ek from '../lib/index.mjs';
import { testbed } from './world.mjs';

async function connected(t) {
  const vendor = await testbed({ accounts: 5 });
  t.after(vendor.stop);
  const { baseUrl, user, organization, token, clientId, clientSecret } = vendor.started;
  const platform = ek.Platform.hosted({ baseUrl, userSecret: user, organizationSecret: organization });
  t.after(() => platform.close());
  const configuration = { 'testbed.access.token': token };
  const crm = await platform.instances.connect({ element: 'testbed', name: 'crm', configuration });
  const login = (url) => ({
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'oauth.callback.url': url,
  });
  return { vendor, platform, crm, login };
}

const seen = (vendor, method) => async () => (await vendor.requests()).some((each) => each.method === method);
async function until(holds) {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `still not so: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('integers of any size are written and come back exactly', async (t) => {
  const { crm } = await connected(t);
  const accounts = crm.records('accounts', { fields: 'name', pageSize: 1, warnings: 'deny' });
  const made = await accounts.create({ name: 'Acme', employees: 9007199254740993n });
  assert.equal(made.employees, 9007199254740993n);
  assert.equal((await accounts.update(made.id, { employees: 7 })).employees, 7);
  assert.equal(await accounts.delete(made.id), undefined);
});

test('a field that no record has is a warning, and an error if it is wanted', async (t) => {
  const { crm } = await connected(t);
  const record = { name: 'Acme', x_tier: 'gold' };
  const { warnings } = await crm.call('POST', 'accounts', { json: record, warnings: 'ignore' });
  assert.deepEqual(
    warnings.map(({ code, field }) => [code, field]),
    [['unknown_field', 'x_tier']],
  );
  const denying = crm.records('accounts', { warnings: 'deny' });
  await assert.rejects(denying.create(record), ek.InvalidRequestError);
  await assert.rejects(crm.call('POST', 'accounts', { json: record, warnings: 'deny' }), ek.InvalidRequestError);
});

test('bytes are sent as they are', async (t) => {
  const { crm } = await connected(t);
  const bytes = new TextEncoder().encode('{"name": "Größe"}');
  const { headers, requestId, ...answer } = await crm.call('POST', 'accounts', {
    bytes,
    contentType: 'application/json',
  });
  assert.equal(answer.json().name, 'Größe');
  assert.equal(answer.status, undefined);
  assert.ok(answer.bytes.length > 0 && requestId && headers.get('Content-Type').startsWith('application/json'));
  await assert.rejects(crm.call('POST', 'accounts', { bytes }), { code: 'invalid_request', status: 415 });
});

test('a write that is cut off says that its outcome is open', async (t) => {
  const { vendor, crm } = await connected(t);
  await vendor.fault({ match: { method: 'POST' }, fault: { type: 'slow_headers', ms: 60_000 } });
  const open = (error) => error instanceof ek.TimeoutError && error.hint.includes('may have been made');
  const accounts = crm.records('accounts');
  await assert.rejects(accounts.create({ name: 'Acme' }, { timeoutMs: 300 }), open);
  await assert.rejects(accounts.create({ name: 'Acme' }, { signal: AbortSignal.timeout(300) }), open);
  await assert.rejects(crm.call('post', 'accounts', { json: { name: 'Acme' }, timeoutMs: 300 }), open);
  await assert.rejects(
    crm.call('GET', 'accounts', { timeoutMs: 0 }),
    (error) => error instanceof ek.TimeoutError && !open(error),
  );
  const controller = new AbortController();
  const writing = accounts.create({ name: 'Acme' }, { signal: controller.signal });
  await until(seen(vendor, 'POST'));
  controller.abort();
  await assert.rejects(writing, { name: 'AbortError' });
});

test('a user grants access on this machine', async (t) => {
  const { vendor, platform, login } = await connected(t);
  const { elements } = platform;
  assert.deepEqual(await elements(), await elements.list());
  assert.equal((await elements.get('testbedUser')).key, 'testbedUser');
  assert.equal((await elements.metadata('testbedUser')).authenticationType, 'oauth2Pkce');
  assert.ok((await elements.configuration('testbedUser')).some(({ key }) => key === 'oauth.api.key'));
  const callback = await ek.LoopbackCallback.bind();
  const apiKey = vendor.started.clientId;
  const address = await elements.oauthUrl('testbedUser', { apiKey, callbackUrl: callback.url });
  assert.ok(address instanceof ek.OauthUrl && address.state.length >= 32);
  const [granted] = await Promise.all([callback.grant(address), fetch(address.url).then((page) => page.text())]);
  assert.ok(
    granted.code && !inspect(granted).includes(granted.code) && !JSON.stringify(granted).includes(granted.code),
  );
  const user = { element: 'testbedUser', name: 'user', configuration: login(callback.url), granted };
  const crm = await platform.instances.connect(user);
  assert.equal((await crm.records('accounts').toArray({ limit: 2 })).length, 2);
  await assert.rejects(callback.grant(address), ek.ClosedError);
  callback.close();
});

test('a callback gives up its port', async () => {
  const callback = await ek.LoopbackCallback.bind();
  const port = Number(new URL(callback.url).port);
  await assert.rejects(ek.LoopbackCallback.bind({ port }), ek.ConfigError);
  callback.close();
  const server = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  server.close();
});

test('wrong arguments are refused by name', async () => {
  const known = { baseUrl: 'https://platform.example', userSecret: 'u', organizationSecret: 'o' };
  const platform = ek.Platform.hosted(known);
  const instance = platform.instances.withToken('token');
  const records = instance.records('accounts');
  const wrong = {
    record: () => records.create([{}]),
    changes: () => records.update(1, 'x'),
    id: () => records.delete(true),
    contentType: () => instance.call('POST', 'x', { contentType: 'a/b' }),
    bytes: () => instance.call('POST', 'x', { bytes: 'text' }),
    'one body': () => instance.call('POST', 'x', { json: {}, bytes: new Uint8Array() }),
    'not an HTTP method': () => instance.call('NO VERB', 'x'),
    method: () => instance.call('', 'x'),
    path: () => instance.call('GET', 7),
    granted: () => platform.instances.create({ element: 'x', name: 'x', granted: 'code' }),
    'granted.state': () => platform.instances.create({ element: 'x', name: 'x', granted: { code: 'c' } }),
    port: () => ek.LoopbackCallback.bind({ port: 70000 }),
    element: () => platform.elements.oauthUrl(7),
    callbackUrl: () => platform.elements.oauthUrl('x', { callbackUrl: 7 }),
  };
  for (const [name, call] of Object.entries(wrong))
    await assert.rejects(call(), (error) => error instanceof ek.ConfigError && error.message.includes(name), name);
});

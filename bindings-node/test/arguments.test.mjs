// Arguments that cannot be used: an error of the package that names the argument, in every call.
import assert from 'node:assert/strict';
import path from 'node:path';
import { readdirSync } from 'node:fs';
import test from 'node:test';

import * as ek from '../lib/index.mjs';
import { folder } from './world.mjs';

const KNOWN = { baseUrl: 'https://platform.example', userSecret: 'u', organizationSecret: 'o' };

/** Returns an object of each class; the calls do not reach a platform. */
function made() {
  const platform = ek.Platform.hosted(KNOWN);
  const instance = platform.instances.withToken('token');
  return {
    platform,
    instances: platform.instances,
    instance,
    bulk: instance.bulk,
    records: instance.records('contacts'),
  };
}

/** Expects a ConfigError that names this, thrown at once, by a promise, or at the first step of an iterator. */
async function refused(name, call) {
  let error;
  try {
    const result = await call();
    if (typeof result?.next === 'function') await result.next();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof ek.ConfigError, `${name}: ${call}: ${error?.stack}`);
  assert.ok(error.message.includes(name), `${name}: ${error.message}`);
  assert.ok(!/report it/.test(error.message), error.message);
}

test('values that are not numbers are refused alike', async () => {
  const { platform, instance, records, instances } = made();
  for (const value of [NaN, -1, 1.5, -Infinity, '1', null, 2 ** 60]) {
    for (const call of [
      () => instance.ping({ timeoutMs: value }),
      () => platform.request('GET', 'x', { timeoutMs: value }),
      () => platform.elements({ timeoutMs: value }),
      () => ek.Platform.hosted({ ...KNOWN, timeoutMs: value }),
      () => ek.Platform.embedded('x.db', { timeoutMs: value }),
      () => instance.bulk.query('select * from contacts', { timeoutMs: value }),
    ])
      await refused('timeoutMs', call);
    for (const option of ['connectTimeoutMs', 'readTimeoutMs', 'retries']) {
      await refused(option, () => ek.Platform.hosted({ ...KNOWN, [option]: value }));
    }
    await refused('pageSize', () => instance.records('contacts', { pageSize: value }));
    await refused('limit', () => records.toArray({ limit: value }));
    await refused('id', () => instances.get(value));
    await refused('id', () => instances.delete(value));
    await refused('id', () => platform.definitions({ level: 'account', id: value }));
    await refused('item', () => instance.configure(value, 'x'));
  }
});

test('what is missing or of another type is named', async () => {
  const { platform, instances, instance, bulk, records } = made();
  for (const value of [undefined, null, 7, {}, Symbol('s'), () => {}]) {
    await refused('database', () => ek.Platform.embedded(value));
    await refused('name', () => ek.field(value));
    await refused('key', () => ek.verifyWebhook(value, 'body', 'x'));
    await refused('element', () => instances.create({ element: value, name: 'x' }));
    await refused('name', () => instances.connect({ element: 'brighttalk', name: value }));
    await refused('token', () => instances.withToken(value));
    await refused('resource', () => instance.records(value));
    await refused('object', () => instance.sync(value));
    await refused('statement', () => bulk.query(value));
    await refused('object', () => bulk.download(value));
    await refused('id', () => bulk.job(value));
    await refused('method', () => platform.request(value, 'x'));
    await refused('path', () => platform.request('GET', value));
    await refused('name', () => instance.definitions.get(value));
    await refused('name', () => platform.commonResources.rename(value, 'x'));
    await refused('newName', () => platform.commonResources.rename('x', value));
  }
  await refused('instance', () => instances.create());
  await refused('change', () => instance.patch());
  await refused('definition', () => instance.definitions.create('x'));
  await refused('platform', () => ek.brighttalk.connect(undefined));
  await refused('where', () => instance.records('contacts', { where: 7 }));
  await refused('fields[1]', () => instance.records('contacts', { fields: ['id', undefined] }));
  await refused('params.since', () => instance.records('contacts', { params: { since: null } }));
  await refused('configuration.key', () => instances.create({ element: 'x', name: 'y', configuration: { key: {} } }));
  await refused('tags', () => instances.list({ tags: 'emea' }));
  await refused('signal', () => instance.ping({ signal: {} }));
  await refused('logger.info', () => ek.Platform.hosted({ ...KNOWN, logger: { info: 'console' } }));
  await refused('integers', () => ek.Platform.hosted({ ...KNOWN, integers: 'exact' }));
  await refused('options', () => instance.ping(null));
  await refused('options', () => records.toArray(5));
  await refused('format', () => platform.instances.withToken('t').bulk.query('select 1', { format: 'csv' }));
});

test('values that JSON or CEQL cannot represent are refused', async () => {
  const { platform, instance } = made();
  const circular = {};
  circular.self = circular;
  await refused('json', () => platform.request('POST', 'x', { json: circular }));
  await refused('json', () => platform.request('POST', 'x', { json: () => {} }));
  await refused('callbackPayload', () => instance.bulk.query('select * from contacts', { callbackPayload: circular }));
  for (const value of [NaN, Infinity, undefined, {}, Symbol('s'), new Date(NaN)]) {
    await refused('value', () => ek.field('id').eq(value));
    await refused('values[1]', () => ek.field('id').in([1, value]));
    await refused('value 2', () => ek.ceql`id = ${1} AND x = ${value}`);
  }
  await refused('values', () => ek.field('id').in('abc'));
  await refused('other', () => ek.field('id').eq(1).and('x = 1'));
  await refused('pattern', () => ek.field('id').like(5));
  await refused('headers', () => platform.request('GET', 'x', { headers: { 'a b': 'c' } }));
  await refused('authorization', () => platform.request('GET', 'x', { headers: { Authorization: 'Bearer x' } }));
});

test('an option that does not exist is refused with the nearest name', async () => {
  const { instance } = made();
  const hint = async (call) => {
    const error = await (async () => call())().catch((each) => each);
    assert.ok(error instanceof ek.ConfigError, String(error));
    return error.hint;
  };
  assert.match(await hint(() => instance.records('contacts', { orderby: 'id' })), /^Did you mean orderBy\?/);
  assert.match(await hint(() => ek.Platform.hosted({ ...KNOWN, timeout: 5 })), /^Did you mean timeoutMs\?/);
  assert.match(await hint(() => instance.ping({ sginal: undefined })), /^Did you mean signal\?/);
  assert.match(
    await hint(() => instance.records('contacts', { frobnicate: 1 })),
    /^The options are signal, timeoutMs, where, /,
  );
});

test('a database without a name makes no file', async (t) => {
  const here = folder();
  const before = process.cwd();
  process.chdir(here);
  t.after(() => process.chdir(before));
  for (const name of [undefined, null, '', new URL('https://platform.example/x.db')]) {
    await assert.rejects(ek.Platform.embedded(name), ek.ConfigError);
  }
  assert.deepEqual(readdirSync(here), []);
  await (await ek.Platform.embedded(new URL(`file://${path.join(here, 'named.db')}`))).close();
  assert.ok(readdirSync(here).includes('named.db'));
});

test('an error can be written as JSON, with its cause', () => {
  const cause = Object.assign(new Error('why', { cause: new ek.ConnectError('no network') }), { code: 'ENOENT' });
  const error = new ek.NotFoundError('gone', { cause, status: 404 });
  assert.equal(error.cause, cause);
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: 'NotFoundError',
    message: 'gone',
    code: 'not_found',
    status: 404,
    cause: {
      name: 'Error',
      message: 'why',
      code: 'ENOENT',
      cause: { name: 'ConnectError', message: 'no network', code: 'connect' },
    },
  });
  assert.equal('cause' in JSON.parse(JSON.stringify(new ek.ConfigError('x'))), false);
});

test('hints name options as Node spells them', () => {
  const plain = { ...KNOWN, baseUrl: 'http://platform.example' };
  assert.throws(
    () => ek.Platform.hosted(plain),
    (error) => /allowInsecureHttp/.test(error.hint) && !/_/.test(error.hint),
  );
});

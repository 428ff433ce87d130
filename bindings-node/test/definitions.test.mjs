// Elements that are documents, beyond the scenarios: embedded, from files, and the example of the README.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

import * as ek from '../lib/index.mjs';
import { ROOT, folder, testbed } from './world.mjs';

const scenario = JSON.parse(readFileSync(path.join(ROOT, 'tests/scenarios/client/definitions.json'), 'utf8'));
const definition = { ...scenario.values.definition, key: 'acme' };

async function opened(t) {
  const own = folder();
  const platform = await ek.Platform.embedded(path.join(own, 'test.db'));
  t.after(() => platform.close());
  return { own, platform };
}

test('the example of the README runs', async (t) => {
  const vendor = await testbed({ accounts: 5 });
  t.after(vendor.stop);
  const { own, platform } = await opened(t);
  const file = path.join(own, 'acme.json');
  writeFileSync(file, JSON.stringify(definition));
  const readme = readFileSync(path.join(ROOT, 'bindings-node/README.md'), 'utf8');
  const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
  const example = examples.find((code) => code.includes('.import(')).replaceAll("'acme.json'", JSON.stringify(file));
  const Program = (async () => {}).constructor;
  const run = new Program('platform', 'url', 'token', `${example}\nreturn { report, clients };`);
  const { report, clients } = await run(platform, vendor.url, vendor.started.token);
  assert.deepEqual(report.problems, []);
  assert.equal(clients.length, 5);
});

test('findings name their place', async (t) => {
  const { own, platform } = await opened(t);
  const { elements } = platform;
  const wrong = { ...definition, resources: [{ ...definition.resources[0], method: 'FETCH' }] };
  const { problems } = await elements.check(wrong);
  assert.ok(problems.some(({ pointer, code, message }) => pointer.startsWith('/resources/0') && code && message));
  await assert.rejects(elements.import(wrong), ek.InvalidRequestError);
  await assert.rejects(elements.import(pathToFileURL(path.join(own, 'nothing.json'))), ek.StorageError);
  writeFileSync(path.join(own, 'two.json'), '[{}, {}]');
  await assert.rejects(elements.check(path.join(own, 'two.json')), { code: 'config', message: /2 definitions/ });
  await assert.rejects(elements.check(7), { code: 'config', message: /definition/ });
});

// The client scenarios, embedded and hosted.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

import { ElementKitError, Platform } from '../lib/index.mjs';
import { check, fill } from './pattern.mjs';
import { KEY, ORGANIZATION, ROOT, SECRET, USER, folder, sandbox, served, testbed } from './world.mjs';

const FOLDER = path.join(ROOT, 'tests/scenarios/client');
const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .sort();
assert.ok(files.length > 0, 'there are no scenarios');

const collect = async (items) => {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
};

class World {
  values = {};
  instances = {};
  jobs = {};
  logins = {};

  constructor(platform, simulator) {
    this.platform = platform;
    this.simulator = simulator;
  }

  async step(raw) {
    const step = fill(raw, this.values);
    let value;
    try {
      value = await this.act(step.do, step.on, step.with ?? {}, step.as ?? '');
    } catch (error) {
      if (!(error instanceof ElementKitError) || !('error' in step)) throw error;
      check(step.error, { ...error, kind: error.code, message: error.message }, 'error');
      return;
    }
    assert.ok(!('error' in step), `expected an error, got ${JSON.stringify(value)}`);
    if ('expect' in step) check(step.expect, value);
    if (step.as) this.values[step.as] = value;
  }

  list(on, { resource, where, fields, orderBy, pageSize, params }) {
    return this.instances[on].records(resource, { where, fields, orderBy, pageSize, params });
  }

  async act(verb, on, given, name) {
    const { instances } = this.platform;
    const instance = this.instances[on];
    const job = this.jobs[on];
    switch (verb) {
      case 'create_instance':
      case 'connect_instance': {
        const { element = 'brighttalk', name: called, granted } = given;
        const own = element === 'brighttalk' ? { 'brighttalk.api.key': KEY, 'brighttalk.api.secret': SECRET } : {};
        const wanted = { element, name: called, configuration: { ...own, ...given.configuration }, granted };
        this.instances[name] = await (verb === 'create_instance'
          ? instances.create(wanted)
          : instances.connect(wanted));
        return this.instances[name].details;
      }
      case 'get_instance':
        this.instances[name] = await instances.get(given.id);
        return this.instances[name].details;
      case 'list_instances':
        return instances.list();
      case 'delete_instance':
        return instances.delete(given.id);
      case 'ping':
        return instance.ping();
      case 'objects':
        return instance.objects();
      case 'records':
        return this.list(on, given).toArray({ limit: given.limit });
      case 'page':
        return this.list(on, given).page(given.token);
      case 'create_record':
        return (await this.list(on, given).create(given.record)) ?? null;
      case 'replace_record':
        return (await this.list(on, given).replace(given.id, given.record)) ?? null;
      case 'update_record':
        return (await this.list(on, given).update(given.id, given.record)) ?? null;
      case 'delete_record':
        return (await this.list(on, given).delete(given.id)) ?? null;
      case 'call': {
        const { query, headers, json, text, contentType } = given;
        const bytes = text === undefined ? undefined : new TextEncoder().encode(text);
        const where = given.path.map(encodeURIComponent).join('/');
        const answer = await instance.call(given.method, where, { query, headers, json, bytes, contentType });
        const { requestId, warnings } = answer;
        return { json: answer.json(), requestId, warnings, contentType: answer.headers.get('content-type') };
      }
      case 'element':
        return this.platform.elements.get(given.element);
      case 'check_element':
        return this.platform.elements.check(given.definition);
      case 'import_element':
        return this.platform.elements.import(given.definition);
      case 'replace_element':
        return this.platform.elements.replace(given.element, given.definition);
      case 'export_element':
        return this.platform.elements.export(given.element);
      case 'remove_element':
        return (await this.platform.elements.remove(given.element)) ?? null;
      case 'oauth_url': {
        const { element, ...options } = given;
        this.logins[name] = await this.platform.elements.oauthUrl(element, options);
        return { ...this.logins[name] };
      }
      case 'browse':
        // As to an app that receives the redirect of a browser.
        return (await fetch(given.url, { redirect: 'manual' })).headers.get('location');
      case 'grant': {
        const { code, state } = this.logins[on].grant(given.redirect);
        return { code, state };
      }
      case 'request': {
        const answer = await this.platform.request(given.method, given.path, {
          json: given.json,
          token: instance?.token,
        });
        return { status: answer.status, json: answer.json() };
      }
      case 'bulk_query':
        this.jobs[name] = await instance.bulk.query(given.q, { from: given.from, to: given.to });
        return { id: this.jobs[name].id };
      case 'bulk_upload':
        this.jobs[name] = await upload(instance.bulk, given);
        return { id: this.jobs[name].id };
      case 'bulk_failed':
        return new Response(job.failedRecords(given)).text();
      case 'bulk_wait':
        return job.wait();
      case 'bulk_status':
        return job.status();
      case 'bulk_report':
        return job.report();
      case 'bulk_cancel':
        return job.cancel();
      case 'bulk_resume':
        return job.resume();
      case 'bulk_errors':
        return collect(job.errors());
      case 'bulk_download': {
        const text = await new Response(job.stream(given.format)).text();
        return given.format === 'json' ? JSON.parse(text) : text;
      }
      case 'sync': {
        const pull = await instance.sync(given.object, given.state);
        const rows = (await collect(pull.batches())).flat();
        return { rows, state: await pull.state() };
      }
      case 'fault':
        return void (await this.simulator.fault(given));
      case 'clear_faults':
        return void (await this.simulator.clearFaults());
      default:
        throw new Error(`no verb ${verb}`);
    }
  }
}

/** Starts an upload of records, of bytes, or of a file with the text. */
async function upload(bulk, { object, records, text, file, ...given }) {
  const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  const options = Object.fromEntries(Object.entries(given).map(([name, value]) => [camel(name), value]));
  if (records) return bulk.upload(object, records.values(), options);
  if (!file) return bulk.upload(object, new TextEncoder().encode(text), options);
  const place = path.join(folder(), file);
  writeFileSync(place, text);
  return bulk.upload(object, pathToFileURL(place), options);
}

async function opened(t, scenario, hosted) {
  if (scenario.testbed) {
    const bed = await testbed(scenario.testbed);
    t.after(bed.stop);
    const { baseUrl, user, organization } = bed.started;
    const platform = hosted
      ? Platform.hosted({ baseUrl, userSecret: user, organizationSecret: organization })
      : await Platform.embedded(path.join(folder(), 'test.db'));
    return { platform, simulator: bed, values: { ...scenario.values, testbed: bed.started } };
  }
  const simulator = await sandbox(scenario.simulator);
  t.after(simulator.stop);
  const database = path.join(folder(), 'test.db');
  if (!hosted) return { platform: await Platform.embedded(database, { brighttalkUrl: simulator.url }), simulator };
  const server = await served(database, simulator.url);
  t.after(server.stop);
  const { baseUrl } = server;
  return { platform: Platform.hosted({ baseUrl, userSecret: USER, organizationSecret: ORGANIZATION }), simulator };
}

for (const file of files) {
  for (const hosted of [false, true]) {
    test(`${path.basename(file, '.json')}, ${hosted ? 'hosted' : 'embedded'}`, async (t) => {
      const scenario = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'));
      if (scenario.testbed && !scenario.values && !hosted)
        return t.skip('the engine in this process has the built-in elements only');
      const { platform, simulator, values } = await opened(t, scenario, hosted);
      const world = new World(platform, simulator);
      Object.assign(world.values, values);
      try {
        for (const [index, step] of scenario.steps.entries()) {
          await world.step(step).catch((error) => {
            throw new Error(`step ${index + 1} (${step.do}): ${error.message}`, { cause: error });
          });
        }
      } finally {
        await platform.close();
      }
    });
  }
}

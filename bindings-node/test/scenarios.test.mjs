// The client scenarios, embedded and hosted.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { ElementKitError, Platform } from '../lib/index.mjs';
import { check, fill } from './pattern.mjs';
import { KEY, ORGANIZATION, ROOT, SECRET, USER, folder, sandbox, served } from './world.mjs';

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
        const configuration = { 'brighttalk.api.key': KEY, 'brighttalk.api.secret': SECRET, ...given.configuration };
        const wanted = { element: 'brighttalk', name: given.name, configuration };
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

for (const file of files) {
  for (const hosted of [false, true]) {
    test(`${path.basename(file, '.json')}, ${hosted ? 'hosted' : 'embedded'}`, async (t) => {
      const scenario = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'));
      const simulator = await sandbox(scenario.simulator);
      t.after(simulator.stop);
      const database = path.join(folder(), 'test.db');
      let platform;
      if (hosted) {
        const server = await served(database, simulator.url);
        t.after(server.stop);
        platform = Platform.hosted({ baseUrl: server.baseUrl, userSecret: USER, organizationSecret: ORGANIZATION });
      } else {
        platform = await Platform.embedded(database, { brighttalkUrl: simulator.url });
      }
      const world = new World(platform, simulator);
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

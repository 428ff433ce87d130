// Runs client scenarios with openapi-fetch and the types that openapi-typescript generated, against a served engine.
// usage: run.js ROOT, with ELEMENTKIT in the environment.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import createClient, { type Client } from 'openapi-fetch';

import type { components, paths } from './api.js';

type Json = any;
type Api = Client<paths>;
type Status = components['schemas']['BulkStatus'];

const ROOT = process.argv[2] ?? '.';
const { check, fill } = await import(pathToFileURL(path.join(ROOT, 'bindings-node/test/pattern.mjs')).href);
const USER = 'test-user-secret';
const ORGANIZATION = 'test-organization-secret';
const KEY = '1';
const SECRET = '0123456789ABCDEF0123456789ABCDEF';
const SCENARIOS = ['main_job', 'paging', 'filters', 'common_resources', 'errors', 'emails', 'bulk_cancel'];
const FORMATS: Record<string, string> = { csv: 'text/csv', json: 'application/json', jsonl: 'application/jsonl' };
// A client that is generated has no kinds of errors, no hints, and no id in its errors but that of the body.
const OF_ERRORS = ['status', 'message', 'providerMessage'];

class Refused extends Error {
  constructor(readonly view: Json) {
    super(JSON.stringify(view));
  }
}

/** Returns what a call answered; throws what it refused. */
async function answered<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>) {
  const { data, error, response } = await call;
  if (!response.ok) throw new Refused({ ...(error as object), status: response.status });
  return { data: data as NonNullable<T>, headers: response.headers, status: response.status };
}

class World {
  values: Record<string, Json> = {};
  byToken: Record<string, Api> = {};
  jobs: Record<string, { api: Api; id: string }> = {};
  organization: Api;

  constructor(
    readonly origin: string,
    readonly simulator: string,
  ) {
    this.organization = this.client(`User ${USER}, Organization ${ORGANIZATION}`);
  }

  client(authorization: string): Api {
    return createClient<paths>({ baseUrl: this.origin, headers: { Authorization: authorization } });
  }

  async step(raw: Json) {
    const step = fill(raw, this.values);
    let value: Json;
    try {
      value = await this.act(step.do, step.on, step.with ?? {}, step.as ?? '');
    } catch (error) {
      if (!(error instanceof Refused) || !('error' in step)) throw error;
      const expected = Object.fromEntries(Object.entries(step.error).filter(([name]) => OF_ERRORS.includes(name)));
      check(expected, error.view, 'error');
      return;
    }
    if ('error' in step) throw new Error(`expected an error, got ${JSON.stringify(value)}`);
    if ('expect' in step) check(step.expect, value);
    if (step.as) this.values[step.as] = value;
  }

  /** Returns the client of an instance. */
  of(on: string): Api {
    const api = this.byToken[on];
    if (!api) throw new Error(`no instance ${on}`);
    return api;
  }

  job(on: string) {
    const job = this.jobs[on];
    if (!job) throw new Error(`no job ${on}`);
    return { ...job, params: { path: { id: job.id } } };
  }

  async act(verb: string, on: string, given: Json, name: string): Promise<Json> {
    switch (verb) {
      case 'create_instance': {
        const configuration = { 'brighttalk.api.key': KEY, 'brighttalk.api.secret': SECRET, ...given.configuration };
        const body = { element: { key: 'brighttalk' }, name: String(given.name), configuration };
        const { data } = await answered(this.organization.POST('/elements/api-v2/instances', { body }));
        this.byToken[name] = this.client(`User ${USER}, Element ${data.token}`);
        return data;
      }
      case 'get_instance': {
        const params = { path: { id: String(given.id) } };
        return (await answered(this.organization.GET('/elements/api-v2/instances/{id}', { params }))).data;
      }
      case 'list_instances': {
        const { data, response } = await this.organization.GET('/elements/api-v2/instances');
        if (response.status === 404) return [];
        return data;
      }
      case 'delete_instance': {
        const params = { path: { id: String(given.id) } };
        await answered(this.organization.DELETE('/elements/api-v2/instances/{id}', { params, parseAs: 'text' }));
        return null;
      }
      case 'ping':
        return (await answered(this.of(on).GET('/elements/api-v2/ping'))).data.valid ? null : 'not valid';
      case 'objects':
        return (await answered(this.of(on).GET('/elements/api-v2/objects'))).data;
      case 'records':
        return this.records(on, given);
      case 'page':
        return this.page(on, given, given.token);
      case 'request': {
        // The paths of these calls are in the scenarios, so the types cannot know them.
        const api = (on ? this.of(on) : this.organization) as Json;
        const call = api[given.method](`/elements/api-v2/${given.path}`, { body: given.json });
        const { data, status } = await answered<Json>(call);
        return { status, json: data ?? null };
      }
      default:
        return this.bulk(verb, on, given, name);
    }
  }

  async bulk(verb: string, on: string, given: Json, name: string): Promise<Json> {
    switch (verb) {
      case 'bulk_query': {
        const api = this.of(on);
        const params = { query: { q: String(given.q) } };
        const { data } = await answered(api.POST('/elements/api-v2/bulk/query', { params }));
        this.jobs[name] = { api, id: data.id };
        return { id: data.id };
      }
      case 'bulk_wait':
        return this.wait(on);
      case 'bulk_status':
        return this.status(on);
      case 'bulk_report': {
        const { api, params } = this.job(on);
        return (await answered(api.GET('/elements/api-v2/bulk/{id}/report', { params }))).data;
      }
      case 'bulk_errors': {
        const { api, params } = this.job(on);
        return (await answered(api.GET('/elements/api-v2/bulk/{id}/errors', { params }))).data;
      }
      case 'bulk_cancel': {
        const { api, params } = this.job(on);
        return (await answered(api.PUT('/elements/api-v2/bulk/{id}/cancel', { params }))).data;
      }
      case 'bulk_resume': {
        const { api, params } = this.job(on);
        return (await answered(api.PUT('/elements/api-v2/bulk/{id}/resume', { params }))).data;
      }
      case 'bulk_download': {
        const { api, id } = this.job(on);
        const objectName = (await this.status(on)).objectName;
        const call = api.GET('/elements/api-v2/bulk/{id}/{objectName}', {
          params: { path: { id, objectName } },
          headers: { Accept: FORMATS[given.format] },
          parseAs: 'text',
        });
        const text = String((await answered(call)).data ?? '');
        const lines = text.split('\n').filter((line) => line !== '');
        return given.format === 'json' ? lines.map((line) => JSON.parse(line)) : text;
      }
      case 'fault':
      case 'clear_faults': {
        const method = verb === 'fault' ? 'POST' : 'DELETE';
        const body = verb === 'fault' ? JSON.stringify(given) : undefined;
        await fetch(`${this.simulator}/__sim/faults`, { method, body });
        return null;
      }
      default:
        throw new Error(`no verb ${verb}`);
    }
  }

  /** Reads a page of a list; the lists that the scenarios name have their types. */
  async page(on: string, given: Json, nextPage?: string) {
    const { where, fields, orderBy, pageSize } = given;
    const query = { where, fields, orderBy, pageSize, nextPage, returnCount: given.params?.returnCount && true };
    const api = this.of(on);
    const [first, parent, last, id] = String(given.resource).split('/');
    const read = () => {
      if (first === 'channels' && !parent) return api.GET('/elements/api-v2/channels', { params: { query } });
      if (first === 'contacts') return api.GET('/elements/api-v2/contacts', { params: { query } });
      if (first === 'channels' && last === 'contacts' && id) {
        const params = { path: { channelId: String(parent), id } };
        return api.GET('/elements/api-v2/channels/{channelId}/contacts/{id}', { params });
      }
      if (first === 'channels' && last === 'contacts') {
        const params = { query, path: { channelId: String(parent) } };
        return api.GET('/elements/api-v2/channels/{channelId}/contacts', { params });
      }
      const params = { query, path: { commonResource: String(first) } };
      return api.GET('/elements/api-v2/{commonResource}', { params });
    };
    const { data, headers } = await answered<Json>(read() as Promise<Json>);
    const total = headers.get('Elements-Total-Count');
    return { records: data, next: headers.get('Elements-Next-Page-Token'), total: total && Number(total) };
  }

  async records(on: string, given: Json) {
    const found: Json[] = [];
    for (let token: string | undefined; ;) {
      const { records, next } = await this.page(on, given, token);
      if (!Array.isArray(records)) throw new Refused({ message: 'one record' });
      found.push(...records);
      if (!next || found.length >= (given.limit ?? Infinity)) return found.slice(0, given.limit);
      token = next;
    }
  }

  async status(on: string): Promise<Status> {
    const { api, params } = this.job(on);
    return (await answered(api.GET('/elements/api-v2/bulk/{id}/status', { params }))).data;
  }

  async wait(on: string) {
    for (;;) {
      const status = await this.status(on);
      if (status.status === 'COMPLETED') return status;
      if (['ABORTED', 'CANCELLED'].includes(status.status)) throw new Refused({ message: status.status });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const COMMAND = process.env.ELEMENTKIT ?? path.join(ROOT, 'target/debug/elementkit');

/** Starts a process; returns its first line and a function that ends it. */
async function start(args: string[]) {
  const secrets = {
    ELEMENTKIT_BOOTSTRAP_USER_SECRET: USER,
    ELEMENTKIT_BOOTSTRAP_ORGANIZATION_SECRET: ORGANIZATION,
  };
  const child = spawn(COMMAND, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...secrets } });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)));
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
    });
  return { line, stop };
}

async function run(name: string): Promise<number> {
  const scenario = JSON.parse(readFileSync(path.join(ROOT, `tests/scenarios/client/${name}.json`), 'utf8'));
  const options = Object.entries(scenario.simulator ?? {});
  const simulator = await start([
    'sandbox',
    ...options.flatMap(([option, value]) => [`--${option.replaceAll('_', '-')}`, String(value)]),
  ]);
  const folder = mkdtempSync(path.join(tmpdir(), 'elementkit-'));
  const database = ['--database', path.join(folder, 'served.db'), '--brighttalk-url', simulator.line];
  const server = await start([...database, 'serve', '--listen', '127.0.0.1:0']);
  try {
    const world = new World(JSON.parse(server.line).baseUrl.replace('/elements/api-v2', ''), simulator.line);
    for (const [index, step] of scenario.steps.entries()) {
      await world.step(step).catch((error: unknown) => {
        throw new Error(`${name}, step ${index + 1} (${step.do}): ${error}`);
      });
    }
  } finally {
    await server.stop();
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return scenario.steps.length;
}

let steps = 0;
for (const name of SCENARIOS) steps += await run(name);
console.log(`the generated TypeScript client passes ${SCENARIOS.length} scenarios with ${steps} steps`);

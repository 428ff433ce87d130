'use strict';
// A platform and the instances on it.

const native = require('./native.js');
const check = require('./check.js');
const { KINDS } = require('./json.js');
const { Instance } = require('./instance.js');
const { Session, now } = require('./session.js');
const { CommonResources, Definitions, Transformations } = require('./shapes.js');
const vaultKeys = require('./vault-keys.js');

const { CALL, filled, id, milliseconds, oneOf, options, text } = check;

/** What both kinds of platform take. */
const COMMON = {
  logger: check.logger,
  integers: oneOf(...Object.keys(KINDS)),
  warnings: check.warnings,
  timeoutMs: milliseconds,
};
const HOSTED = {
  ...COMMON,
  baseUrl: filled,
  userSecret: filled,
  organizationSecret: filled,
  allowInsecureHttp: check.flag,
  connectTimeoutMs: milliseconds,
  readTimeoutMs: milliseconds,
  retries: check.whole(0, 1000),
  proxy: filled,
  caFile: check.file,
};
const EMBEDDED = {
  ...COMMON,
  signal: check.signal,
  brighttalkUrl: filled,
  workers: oneOf('auto', 'manual'),
  vaultKeys: vaultKeys.check,
};
const LEVEL = { level: oneOf('organization', 'account'), id };
const REQUEST = {
  ...CALL,
  query: check.scalars,
  headers: check.headers,
  json: check.json,
  token: filled,
  warnings: check.warnings,
};
const NEW = { ...CALL, element: filled, name: text, configuration: check.scalars, tags: check.texts };

class Platform {
  #native;
  #session;

  constructor(handle, session) {
    this.#native = handle;
    this.#session = session;
    this.instances = new Instances(handle, session);
  }

  static hosted(given) {
    const { logger, integers, warnings, ...taken } = options(given, HOSTED);
    const session = new Session({ logger, integers, warnings });
    return new Platform(
      now(() => native.NativePlatform.hosted(taken, session.reports)),
      session,
    );
  }

  static async embedded(database, given) {
    const name = check.file('database', database);
    const { signal, logger, integers, warnings, vaultKeys: keys, ...taken } = options(given, EMBEDDED);
    const session = new Session({ logger, integers, warnings });
    const open = (...source) =>
      session.call(() => native.NativePlatform.embedded(name, taken, session.reports, ...source), { signal });
    const { platform } = await vaultKeys.opened(session, keys, open);
    return new Platform(platform, session);
  }

  definitions(given) {
    const { level = 'organization', id: of } = options(given, LEVEL);
    return new Definitions(
      now(() => this.#native.definitions(level, of)),
      this.#session,
    );
  }

  transformations(given) {
    const { level = 'organization', id: of, element = 'brighttalk' } = options(given, { ...LEVEL, element: filled });
    return new Transformations(
      now(() => this.#native.transformations(element, level, of)),
      this.#session,
    );
  }

  get commonResources() {
    return new CommonResources(this.#native.commonResources(), this.#session);
  }

  async elements(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.elements(), limit);
  }

  async request(method, path, given) {
    const { query = {}, headers = [], json: body, token, warnings, ...limit } = options(given, REQUEST);
    const pairs = Object.entries(query).flat();
    const call = {
      method: filled('method', method),
      path: text('path', path),
      query: pairs,
      headers,
      body,
      token,
      warnings,
    };
    const answer = await this.#session.call(() => this.#native.request(call), limit);
    const { status, requestId, bytes } = answer;
    const sent = answer.headers.flatMap((name, at, all) => (at % 2 ? [] : [[name, all[at + 1]]]));
    const json = () => (bytes.length > 0 ? this.#session.read(bytes.toString('utf8')) : null);
    return { status, requestId, headers: new Headers(sent), bytes, json };
  }

  async close() {
    await this.#session.call(() => this.#native.close());
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close();
  }
}

class Instances {
  #native;
  #session;

  constructor(handle, session) {
    this.#native = handle;
    this.#session = session;
  }

  async create(instance) {
    const { limit, ...wanted } = newInstance(instance);
    const { element, name, configuration, tags } = wanted;
    return this.#made(() => this.#native.createInstance(element, name, configuration, tags), limit);
  }

  async connect(instance) {
    const { limit, ...wanted } = newInstance(instance);
    const { element, name, configuration, tags } = wanted;
    return this.#made(() => this.#native.connectInstance(element, name, configuration, tags), limit);
  }

  async connectFromEnv(instance) {
    const { signal, timeoutMs, configuration = {}, ...wanted } = options(instance ?? null, NEW, 'instance');
    NEW.element('element', wanted.element);
    const { element, name, tags } = wanted;
    return this.#made(() => this.#native.connectFromEnv(element, name, configuration, tags), { signal, timeoutMs });
  }

  async get(number, given) {
    const of = id('id', number);
    return this.#made(() => this.#native.getInstance(of), options(given, CALL));
  }

  async list(given) {
    const { search, tags = [], ...limit } = options(given, { ...CALL, search: text, tags: check.texts });
    return this.#session.json(() => this.#native.listInstances(search, tags), limit);
  }

  async count(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.countInstances(), limit);
  }

  async delete(number, given) {
    const of = id('id', number);
    await this.#session.call(() => this.#native.deleteInstance(of), options(given, CALL));
  }

  withToken(token) {
    filled('token', token);
    return new Instance({ instance: now(() => this.#native.instanceWithToken(token)) }, this.#session);
  }

  async #made(make, limit) {
    return new Instance(await this.#session.call(make, limit), this.#session);
  }
}

function newInstance(instance) {
  const { signal, timeoutMs, configuration = {}, ...wanted } = options(instance ?? null, NEW, 'instance');
  for (const name of ['element', 'name']) NEW[name](name, wanted[name]);
  return { ...wanted, configuration, limit: { signal, timeoutMs } };
}

module.exports = { Platform, Instances };

'use strict';
// A platform and the instances on it.

const native = require('./native.js');
const check = require('./check.js');
const { KINDS } = require('./json.js');
const { Elements, granted } = require('./elements.js');
const { Instance } = require('./instance.js');
const { Session, now } = require('./session.js');
const { INSPECT, shown } = require('./shown.js');
const { CommonResources, Definitions, Transformations } = require('./shapes.js');
const tables = require('./options.js');
const { json, rules } = require('./tables.js');
const vaultKeys = require('./vault-keys.js');

const { CALL, filled, id, oneOf, options, text } = check;

/** Options of a platform that the JavaScript side handles. */
const OWN = { logger: check.logger, integers: oneOf(...Object.keys(KINDS)) };
const HOSTED = { ...OWN, ...rules(tables.HOSTED) };
const EMBEDDED = { ...OWN, signal: check.signal, vaultKeys: vaultKeys.check, ...rules(tables.EMBEDDED) };
const LEVEL = { level: oneOf('organization', 'account'), id };
const REQUEST = {
  ...CALL,
  query: check.scalars,
  headers: check.headers,
  json: check.json,
  token: filled,
  warnings: check.warnings,
};
const NEW = { ...CALL, element: filled, name: text, configuration: check.scalars, tags: check.texts, granted };

/** Names what `brighttalk.connect` calls. */
const CONNECT_BRIGHTTALK = Symbol('connectBrightTalk');

class Platform {
  #native;
  #session;
  #place;

  constructor(handle, session, place) {
    this.#native = handle;
    this.#session = session;
    this.#place = place;
    this.instances = new Instances(handle, session);
  }

  static hosted(given) {
    const { logger, integers, ...taken } = options(given, HOSTED);
    const session = new Session({ logger, integers });
    return new Platform(
      now(() => native.NativePlatform.hosted(json(taken, tables.HOSTED), session.reports)),
      session,
      taken.baseUrl ?? 'ELEMENTKIT_BASE_URL',
    );
  }

  [INSPECT](depth, options, inspect) {
    return shown('Platform', { at: this.#place }, depth, options, inspect);
  }

  static async embedded(database, given) {
    const path = check.file('database', database);
    return opened({ database: path }, given);
  }

  static async embeddedFromEnv(given) {
    return opened({}, given);
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

  get elements() {
    return new Elements(this.#native.elements(), this.#session);
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
    return this.#session.response(await this.#session.call(() => this.#native.request(call), limit));
  }

  async close() {
    await this.#session.call(() => this.#native.close());
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close();
  }
}

async function opened(database, given) {
  const { signal, logger, integers, vaultKeys: keys, ...taken } = options(given, EMBEDDED);
  const session = new Session({ logger, integers });
  const text = json(taken, tables.EMBEDDED, database);
  const open = (...source) =>
    session.call(() => native.NativePlatform.embedded(text, session.reports, ...source), { signal });
  const { platform } = await vaultKeys.opened(session, keys, open);
  return new Platform(platform, session, database.database ?? 'ELEMENTKIT_DATABASE');
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
    const { element, name, configuration, tags, granted: grant } = wanted;
    return this.#made(() => this.#native.createInstance(element, name, configuration, tags, grant), limit);
  }

  async connect(instance) {
    const { limit, ...wanted } = newInstance(instance);
    const { element, name, configuration, tags, granted: grant } = wanted;
    return this.#made(() => this.#native.connectInstance(element, name, configuration, tags, grant), limit);
  }

  async connectFromEnv(instance) {
    const { signal, timeoutMs, configuration = {}, ...wanted } = options(instance ?? null, NEW, 'instance');
    NEW.element('element', wanted.element);
    const { element, name, tags, granted: grant } = wanted;
    const connect = () => this.#native.connectFromEnv(element, name, configuration, tags, grant);
    return this.#made(connect, { signal, timeoutMs });
  }

  async get(number, given) {
    const of = id('id', number);
    return this.#made(() => this.#native.getInstance(of), options(given, CALL));
  }

  async [CONNECT_BRIGHTTALK](wanted, limit) {
    return this.#made(() => this.#native.connectBrighttalk(JSON.stringify(wanted)), limit);
  }

  async only(given) {
    return this.#made(() => this.#native.onlyInstance(), options(given, CALL));
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

module.exports = { CONNECT_BRIGHTTALK, Platform, Instances };

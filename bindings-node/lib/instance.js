'use strict';
// An instance: all calls that use its Element token.

const check = require('./check.js');
const { ConfigError } = require('./errors.js');
const { Bulk, Sync } = require('./jobs.js');
const { Records, condition, fields } = require('./records.js');
const { Definitions, Transformations } = require('./shapes.js');
const { INSPECT, shown } = require('./shown.js');

const { CALL, filled, id, options, text } = check;

/** As for a new instance; `null` resets a value to its default. */
function changedConfiguration(name, value) {
  if (!check.isObject(value)) throw check.wrong(name, 'an object', value);
  const given = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(
    given.map(([key, each]) => [key, each === null ? null : check.scalar(`${name}.${key}`, each)]),
  );
}

/** Selection of a pull. */
const SYNC = { ...CALL, fields, where: condition, channels };

function channels(name, value) {
  if (!Array.isArray(value)) throw check.wrong(name, 'an array of ids', value);
  return value.map((each, at) => id(`${name}[${at}]`, each));
}

/** A call of a resource. */
const RESOURCE = {
  ...CALL,
  query: check.scalars,
  headers: check.headers,
  json: check.json,
  bytes: check.bytes,
  contentType: filled,
  warnings: check.warnings,
};

const CHANGE = { name: text, tags: check.texts, configuration: changedConfiguration };

class Instance {
  #native;
  #session;
  #details;

  constructor(answer, session) {
    this.#native = answer.instance;
    this.#session = session;
    this.#details = answer.json ? session.read(answer.json) : undefined;
    this.bulk = new Bulk(this.#native, session);
  }

  get id() {
    const digits = this.#native.id;
    return digits === null || digits === undefined ? undefined : this.#session.integer(digits);
  }

  // Not a property, since it contains the Element token: printing an instance must show no secret.
  get details() {
    return this.#details;
  }

  [INSPECT](depth, options, inspect) {
    const { name, element, disabled } = this.#details ?? {};
    const known = { id: this.id, name, element: element?.key, disabled: disabled || undefined };
    return shown('Instance', known, depth, options, inspect);
  }

  get token() {
    return this.#native.token;
  }

  get definitions() {
    return new Definitions(this.#native.definitions(), this.#session);
  }

  get transformations() {
    return new Transformations(this.#native.transformations(), this.#session);
  }

  async update(change, given) {
    return this.#change(change, true, given);
  }

  async patch(change, given) {
    return this.#change(change, false, given);
  }

  async #change(change, replace, given) {
    const wanted = JSON.stringify(options(change ?? null, CHANGE, 'change'));
    return this.#session.json(() => this.#native.change(wanted, replace), options(given, CALL));
  }

  async enable(given) {
    await this.#session.call(() => this.#native.setEnabled(true), options(given, CALL));
  }

  async disable(given) {
    await this.#session.call(() => this.#native.setEnabled(false), options(given, CALL));
  }

  async delete(given) {
    await this.#session.call(() => this.#native.delete(), options(given, CALL));
  }

  async configuration(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.configuration(), limit);
  }

  async configure(item, value, given) {
    const [of, wanted] = [id('item', item), value === null ? undefined : check.scalar('value', value)];
    return this.#session.json(() => this.#native.configure(of, wanted), options(given, CALL));
  }

  async rotateToken(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.rotateToken(), limit);
  }

  async capabilities(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.capabilities(), limit);
  }

  async sync(object, state, given) {
    const of = filled('object', object);
    const since = state === null || state === undefined ? undefined : text('state', state);
    const { signal, timeoutMs, where, ...selection } = options(given, SYNC);
    const wanted = { ...selection, filter: where };
    const { sync } = await this.#session.call(() => this.#native.sync(of, since, wanted), { signal, timeoutMs });
    return new Sync(sync, this.#session);
  }

  async ping(given) {
    await this.#session.call(() => this.#native.ping(), options(given, CALL));
  }

  async objects(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.objects(), limit);
  }

  async call(method, path, given) {
    const { query = {}, headers = [], json, bytes, contentType, warnings, ...limit } = options(given, RESOURCE);
    if (contentType !== undefined && bytes === undefined)
      throw new ConfigError('contentType is given without bytes', { hint: 'JSON has its own type.' });
    const wanted = {
      method: filled('method', method),
      path: text('path', path),
      query: Object.entries(query).flat(),
      headers,
      body: json,
      content: bytes,
      contentType,
      warnings,
    };
    const changes = method.toUpperCase() !== 'GET';
    const answer = await this.#session.call(() => this.#native.call(wanted), { ...limit, changes });
    const { status: _, ...parts } = this.#session.response(answer);
    return { ...parts, warnings: this.#session.warnings(answer.warnings) };
  }

  records(resource, given) {
    return new Records(this.#native, this.#session, filled('resource', resource), given);
  }
}

module.exports = { Instance };

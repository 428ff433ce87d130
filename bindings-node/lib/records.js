'use strict';
// Lists of records: a page, all pages, single records.

const check = require('./check.js');
const { Expression } = require('./ceql.js');
const { now } = require('./session.js');
const { INSPECT, shown } = require('./shown.js');
const { following, oneByOne } = require('./streams.js');

/** A condition: CEQL as a string, or an Expression. */
function condition(name, value) {
  if (typeof value === 'string' || value instanceof Expression) return String(value);
  throw check.wrong(name, 'a string or an Expression', value);
}

/** Names in an array, or in a string with commas. */
function fields(name, value) {
  return Array.isArray(value) ? check.texts(name, value).join(',') : check.text(name, value);
}

const LIST = {
  ...check.CALL,
  where: condition,
  fields,
  orderBy: check.text,
  pageSize: check.whole(1),
  params: check.scalars,
  warnings: check.warnings,
};

class Records {
  #native;
  #session;
  #resource;
  #pairs;
  #options;
  #warnings;

  constructor(handle, session, resource, given) {
    const { signal, timeoutMs, params, warnings, ...named } = check.options(given, LIST);
    this.#native = handle;
    this.#session = session;
    this.#resource = resource;
    this.#options = { signal, timeoutMs };
    this.#warnings = warnings;
    this.#pairs = Object.entries({ ...named, ...params }).flatMap(([name, value]) => [name, String(value)]);
  }

  [INSPECT](depth, options, inspect) {
    const names = this.#pairs.filter((_, at) => at % 2 === 0);
    const query = names.map((name, at) => [name, this.#pairs[2 * at + 1]]);
    return shown(`Records ${this.#resource}`, Object.fromEntries(query), depth, options, inspect);
  }

  async page(token) {
    const of = token === null || token === undefined ? undefined : check.filled('token', token);
    const call = () => this.#native.page(this.#resource, this.#pairs, this.#warnings, of);
    return this.#page(await this.#session.call(call, this.#options));
  }

  pages() {
    const pages = now(() => this.#native.pages(this.#resource, this.#pairs, this.#warnings));
    return this.#following(pages, (answer) => this.#page(answer));
  }

  [Symbol.asyncIterator]() {
    return oneByOne(this.#chunks(), this.#options);
  }

  #chunks() {
    const chunks = now(() => this.#native.chunks(this.#resource, this.#pairs, this.#warnings));
    return this.#following(chunks, ({ json }) => this.#session.read(json));
  }

  #following(pages, made) {
    return following(this.#session, pages, made, this.#options);
  }

  async create(record, given) {
    const wanted = check.object('record', record);
    return this.#written((...list) => this.#native.createRecord(...list, wanted), given);
  }

  async replace(id, record, given) {
    const [of, wanted] = [check.recordId('id', id), check.object('record', record)];
    return this.#written((...list) => this.#native.replaceRecord(...list, of, wanted), given);
  }

  async update(id, changes, given) {
    const [of, wanted] = [check.recordId('id', id), check.object('changes', changes)];
    return this.#written((...list) => this.#native.updateRecord(...list, of, wanted), given);
  }

  async delete(id, given) {
    const of = check.recordId('id', id);
    await this.#written((...list) => this.#native.deleteRecord(...list, of), given);
  }

  async #written(make, given) {
    const limit = { ...this.#options, ...check.options(given, check.CALL), changes: true };
    const { json } = await this.#session.call(() => make(this.#resource, this.#pairs, this.#warnings), limit);
    return json === undefined || json === null ? undefined : this.#session.read(json);
  }

  async toArray(given) {
    const { limit = Infinity } = check.options(given, { limit: check.count });
    const found = [];
    if (limit <= 0) return found;
    for await (const records of this.#chunks()) {
      for (const record of records.slice(0, limit - found.length)) found.push(record);
      if (found.length >= limit) break;
    }
    return found;
  }

  #page({ json, next, total, warning, warnings }) {
    return { records: this.#session.read(json), next, total, warning, warnings: this.#session.warnings(warnings) };
  }
}

module.exports = { Records, condition, fields };

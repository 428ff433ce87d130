'use strict';
// Lists of records: a page, all pages, one record after the other.

const check = require('./check.js');
const { Expression } = require('./ceql.js');
const { now } = require('./session.js');
const { following, oneByOne } = require('./streams.js');

/** A condition: CEQL as text, or an Expression. */
function condition(name, value) {
  if (typeof value === 'string' || value instanceof Expression) return String(value);
  throw check.wrong(name, 'a string or an Expression', value);
}

/** Names in an array, or in a text with commas. */
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
};

class Records {
  #native;
  #session;
  #resource;
  #pairs;
  #options;

  constructor(handle, session, resource, given) {
    const { signal, timeoutMs, params, ...named } = check.options(given, LIST);
    this.#native = handle;
    this.#session = session;
    this.#resource = resource;
    this.#options = { signal, timeoutMs };
    this.#pairs = Object.entries({ ...named, ...params }).flatMap(([name, value]) => [name, String(value)]);
  }

  async page(token) {
    const of = token === null || token === undefined ? undefined : check.filled('token', token);
    return this.#page(await this.#session.call(() => this.#native.page(this.#resource, this.#pairs, of), this.#options));
  }

  pages() {
    const pages = now(() => this.#native.pages(this.#resource, this.#pairs));
    return following(this.#session, pages, (answer) => this.#page(answer), this.#options);
  }

  [Symbol.asyncIterator]() {
    const pages = now(() => this.#native.pages(this.#resource, this.#pairs));
    return oneByOne(following(this.#session, pages, ({ json }) => this.#session.read(json), this.#options), this.#options);
  }

  async toArray(given) {
    const { limit = Infinity } = check.options(given, { limit: check.count });
    const found = [];
    if (limit <= 0) return found;
    for await (const { records } of this.pages()) {
      for (const record of records.slice(0, limit - found.length)) found.push(record);
      if (found.length >= limit) break;
    }
    return found;
  }

  #page({ json, next, total, warning }) {
    return { records: this.#session.read(json), next, total, warning };
  }
}

module.exports = { Records };

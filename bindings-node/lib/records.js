'use strict';
// Lists of records: a page, all pages, one record after the other.

const { call, now } = require('./call.js');
const { following } = require('./streams.js');

class Records {
  #native;
  #resource;
  #pairs;
  #options;

  constructor(handle, resource, { where, fields, orderBy, pageSize, params, ...options }) {
    this.#native = handle;
    this.#resource = resource;
    this.#options = options;
    const named = { where, fields, orderBy, pageSize, ...params };
    this.#pairs = Object.entries(named).filter(([, value]) => value !== undefined).flatMap(([name, value]) => [name, String(value)]);
  }

  async page(token) {
    const answer = await call(() => this.#native.page(this.#resource, this.#pairs, token), this.#options);
    return pageOf(answer);
  }

  pages() {
    return following(now(() => this.#native.pages(this.#resource, this.#pairs)), pageOf, this.#options);
  }

  [Symbol.asyncIterator]() {
    return oneByOne(this.pages());
  }

  async toArray({ limit = Infinity } = {}) {
    const found = [];
    if (limit <= 0) return found;
    for await (const { records } of this.pages()) {
      for (const record of records.slice(0, limit - found.length)) found.push(record);
      if (found.length >= limit) break;
    }
    return found;
  }
}

/** The records of pages. A generator would cost more than making the records does. */
function oneByOne(pages) {
  let [records, at] = [[], 0];
  // Who asks again before the answer is there waits in line.
  let [line, waiting] = [Promise.resolve(), 0];
  async function turn() {
    while (at >= records.length) {
      const turned = await pages.next();
      if (turned.done) return turned;
      [records, at] = [turned.value.records, 0];
    }
    return { done: false, value: records[at++] };
  }
  return {
    next() {
      if (waiting === 0 && at < records.length) return Promise.resolve({ done: false, value: records[at++] });
      waiting += 1;
      const answer = line.then(turn).finally(() => (waiting -= 1));
      line = answer.catch(() => {});
      return answer;
    },
    return(value) {
      records = [];
      return pages.return(value);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const pageOf = ({ json, next, total, warning }) => ({ records: JSON.parse(json), next, total, warning });

module.exports = { Records };

// URL, URLSearchParams, TextEncoder and TextDecoder over native functions (spec E 7.59).
(function (native) {
  'use strict';
  const members = [
    'href',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
  ];
  const string = (value) => String(value).toWellFormed();

  const ask = (text, base) => native.parseUrl(string(text), base === undefined ? undefined : string(base));
  class URL {
    #parts;
    #query;
    constructor(text, base) {
      this.#parts = ask(text, base);
      if (!this.#parts) {
        const error = new TypeError('Invalid URL');
        throw Object.assign(error, { code: 'ERR_INVALID_URL', input: String(text) });
      }
    }
    static canParse(text, base) {
      return Boolean(ask(text, base));
    }
    static parse(text, base) {
      return URL.canParse(text, base) ? new URL(text, base) : null;
    }
    static part(url, index) {
      return url.#parts[index];
    }
    static change(url, name, value) {
      const parts = native.changeUrl(url.#parts[0], name, string(value));
      if (!parts) throw new TypeError('Invalid URL');
      url.#parts = parts;
      if (url.#query) fill(url.#query, url.search);
    }
    get searchParams() {
      this.#query ??= linked(this, this.search);
      return this.#query;
    }
    get origin() {
      return this.#parts[10];
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
  }
  const { part, change } = URL;
  delete URL.part;
  delete URL.change;
  members.forEach((name, index) =>
    Object.defineProperty(URL.prototype, name, {
      get() {
        return part(this, index);
      },
      set(value) {
        change(this, name, value);
      },
      enumerable: true,
      configurable: true,
    }),
  );

  let fill;
  let linked;
  class URLSearchParams {
    // Pairs of name and value.
    #list = [];
    #url;
    static {
      fill = (query, text) => {
        const parts = native.parseForm(text.replace(/^\?/, ''));
        query.#list = [];
        for (let index = 0; index < parts.length; index += 2) query.#list.push([parts[index], parts[index + 1]]);
      };
      linked = (url, text) => {
        const query = new URLSearchParams();
        fill(query, text);
        query.#url = url;
        return query;
      };
    }
    constructor(init = '') {
      if (init === null || typeof init !== 'object') {
        fill(this, string(init));
        return;
      }
      const pairs = typeof init[Symbol.iterator] === 'function' ? init : Object.entries(init);
      for (const pair of pairs) {
        const [name, value, ...rest] = pair;
        if (value === undefined || rest.length) {
          throw new TypeError('Each query pair must be an iterable [name, value] tuple');
        }
        this.#list.push([string(name), string(value)]);
      }
    }
    #changed() {
      if (!this.#url) return;
      // The address must not read this list again.
      const url = this.#url;
      const list = this.#list;
      const text = this.toString();
      change(url, 'search', text);
      this.#list = list;
    }
    get size() {
      return this.#list.length;
    }
    append(name, value) {
      this.#list.push([string(name), string(value)]);
      this.#changed();
    }
    delete(name, value) {
      const is = matching(name, value);
      this.#list = this.#list.filter((pair) => !is(pair));
      this.#changed();
    }
    get(name) {
      return this.#list.find(matching(name))?.[1] ?? null;
    }
    getAll(name) {
      return this.#list.filter(matching(name)).map((pair) => pair[1]);
    }
    has(name, value) {
      return this.#list.some(matching(name, value));
    }
    set(name, value) {
      const is = matching(name);
      const first = this.#list.find(is);
      if (first) first[1] = string(value);
      else this.#list.push([string(name), string(value)]);
      this.#list = this.#list.filter((pair) => !is(pair) || pair === first || !first);
      this.#changed();
    }
    sort() {
      this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed();
    }
    forEach(callback, receiver) {
      for (const [name, value] of this.#list) callback.call(receiver, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#list) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#list) yield name;
    }
    *values() {
      for (const [, value] of this.#list) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return native.writeForm(this.#list.flat());
    }
  }
  const matching = (name, value) => {
    const [wanted, content] = [string(name), value === undefined ? undefined : string(value)];
    return (pair) => pair[0] === wanted && (content === undefined || pair[1] === content);
  };

  class TextEncoder {
    get encoding() {
      return 'utf-8';
    }
    encode(text = '') {
      return native.encode(string(text));
    }
    encodeInto(text, target) {
      let [read, written] = [0, 0];
      for (const letter of String(text)) {
        const bytes = native.encode(string(letter));
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        read += letter.length;
        written += bytes.length;
      }
      return { read, written };
    }
  }

  const bytesOf = (data) => {
    if (data === undefined) return new Uint8Array(0);
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (data instanceof ArrayBuffer) return new Uint8Array(data);
    throw new TypeError('The "input" argument must be an ArrayBuffer or a view of one');
  };
  class TextDecoder {
    #fatal;
    #keepsMark;
    #encoding;
    // Bytes of parts so far: they are decoded with the last one.
    #parts = [];
    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
      this.#encoding = native.encodingOf(String(label));
      if (!this.#encoding) throw new RangeError(`The "${label}" encoding is not supported`);
      this.#fatal = Boolean(fatal);
      this.#keepsMark = Boolean(ignoreBOM);
    }
    get encoding() {
      return this.#encoding;
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#keepsMark;
    }
    decode(data, { stream = false } = {}) {
      const bytes = bytesOf(data);
      if (stream) {
        this.#parts.push(bytes.slice());
        return '';
      }
      const parts = [...this.#parts, bytes];
      this.#parts = [];
      const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return native.decode(this.#encoding, all, this.#fatal, this.#keepsMark);
    }
  }
  return { URL, URLSearchParams, TextEncoder, TextDecoder };
});

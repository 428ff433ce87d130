// Node's `http` and `https`, for the hosts that the engine allows (spec E 7.58). Returns { modules, deliver }.
(function (native, EventEmitter, Buffer, URL) {
  'use strict';
  // A promise, so that the engine learns of what a listener throws.
  const later = (action) => void Promise.resolve().then(action);
  const bytesOf = (data, encoding) => (typeof data === 'string' ? Buffer.from(data, encoding) : Buffer.from(data));
  const running = new Map();

  class IncomingMessage extends EventEmitter {
    #body;
    #encoding;
    #flows = false;
    constructor({ status, message, headers, body }) {
      super();
      this.statusCode = status;
      this.statusMessage = message;
      this.httpVersion = '1.1';
      this.complete = false;
      this.rawHeaders = headers;
      this.headers = {};
      for (let index = 0; index < headers.length; index += 2) {
        const [name, value] = [headers[index].toLowerCase(), headers[index + 1]];
        const before = Object.hasOwn(this.headers, name) ? this.headers[name] : undefined;
        if (name === 'set-cookie') this.headers[name] = [...(before ?? []), value];
        else this.headers[name] = before === undefined ? value : `${before}, ${value}`;
      }
      this.#body = Buffer.from(body.buffer);
    }
    #part() {
      return this.#encoding === undefined ? this.#body : this.#body.toString(this.#encoding);
    }
    #end() {
      this.complete = true;
      this.emit('end');
      this.emit('close');
    }
    setEncoding(encoding = 'utf8') {
      this.#encoding = encoding;
      return this;
    }
    on(name, listener) {
      super.on(name, listener);
      if (name === 'data') this.resume();
      return this;
    }
    addListener(name, listener) {
      return this.on(name, listener);
    }
    // The body has arrived whole; it is one part.
    resume() {
      if (this.#flows) return this;
      this.#flows = true;
      later(() => {
        if (this.#body.length) this.emit('data', this.#part());
        this.#end();
      });
      return this;
    }
    destroy() {
      this.#flows = true;
      return this;
    }
    async *[Symbol.asyncIterator]() {
      if (this.#flows) return;
      this.#flows = true;
      if (this.#body.length) yield this.#part();
      this.#end();
    }
  }

  class ClientRequest extends EventEmitter {
    #url;
    #headers = new Map();
    #parts = [];
    #id;
    #isOver = false;
    #timeout;
    constructor(url, { method = 'GET', headers = {}, auth, timeout }, callback) {
      super();
      if (!native.isAllowed(url.href)) throw new Error(`network access to ${url.hostname} is not available`);
      this.#url = url;
      this.method = String(method).toUpperCase();
      this.path = url.pathname + url.search;
      this.host = url.hostname;
      this.protocol = url.protocol;
      if (auth) this.setHeader('Authorization', `Basic ${Buffer.from(String(auth)).toString('base64')}`);
      const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
      for (const [name, value] of pairs) if (value !== undefined) this.setHeader(name, value);
      this.setTimeout(timeout);
      if (callback) this.once('response', callback);
    }
    setHeader(name, value) {
      this.#headers.set(String(name).toLowerCase(), [String(name), value]);
      return this;
    }
    getHeader(name) {
      return this.#headers.get(String(name).toLowerCase())?.[1];
    }
    hasHeader(name) {
      return this.#headers.has(String(name).toLowerCase());
    }
    removeHeader(name) {
      this.#headers.delete(String(name).toLowerCase());
    }
    setTimeout(millis, callback) {
      if (millis !== undefined) this.#timeout = Number(millis);
      if (callback) this.once('timeout', callback);
      return this;
    }
    write(data, encoding, callback) {
      if (this.#id !== undefined || this.#isOver) throw new Error('write after end');
      this.#parts.push(bytesOf(data, typeof encoding === 'string' ? encoding : undefined));
      const done = typeof encoding === 'function' ? encoding : callback;
      if (done) later(done);
      return true;
    }
    end(data, encoding, callback) {
      if (typeof data === 'function') return this.end(undefined, undefined, data);
      if (data !== undefined && data !== null) this.write(data, encoding);
      if (this.#id !== undefined || this.#isOver) return this;
      const headers = [...this.#headers.values()].flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).flatMap((value) => [name, String(value)]),
      );
      this.#id = native.send(this.method, this.#url.href, headers, Buffer.concat(this.#parts), this.#timeout || 0);
      running.set(this.#id, this);
      const done = typeof encoding === 'function' ? encoding : callback;
      if (done) later(done);
      later(() => this.emit('finish'));
      return this;
    }
    destroy(error) {
      if (this.#isOver) return this;
      this.#isOver = true;
      this.destroyed = true;
      if (this.#id !== undefined) native.abort(this.#id);
      running.delete(this.#id);
      const reason = error ?? Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      later(() => this.emit('error', reason));
      return this;
    }
    abort() {
      this.destroy();
    }
    flushHeaders() {}
    setNoDelay() {}
    setSocketKeepAlive() {}
    static deliver(request, id, { kind, message, code, ...answer }) {
      if (kind === 'timeout') return request.emit('timeout');
      request.#isOver = true;
      running.delete(id);
      if (kind === 'answer') return request.emit('response', new IncomingMessage({ message, ...answer }));
      return request.emit('error', Object.assign(new Error(message), { code }));
    }
  }
  const { deliver } = ClientRequest;
  delete ClientRequest.deliver;

  const addressOf = (protocol, options) => {
    const url = new URL(`${protocol}//${options.hostname ?? options.host ?? 'localhost'}`);
    if (options.port) url.port = String(options.port);
    return new URL(`${url.origin}${options.path ?? '/'}`);
  };
  const moduleOf = (protocol) => {
    const request = (input, ...rest) => {
      const isAddress = typeof input === 'string' || input instanceof URL;
      const callback = rest.find((value) => typeof value === 'function');
      const own = isAddress ? (typeof rest[0] === 'object' ? rest[0] : {}) : { ...input };
      const base = isAddress ? new URL(input) : undefined;
      const wanted = own.protocol ?? base?.protocol ?? protocol;
      if (wanted !== protocol) {
        const message = `Protocol "${wanted}" not supported. Expected "${protocol}"`;
        throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_PROTOCOL' });
      }
      const user = base?.username
        ? `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`
        : undefined;
      const place = base && { hostname: base.hostname, port: base.port, path: base.pathname + base.search };
      const { method, headers, timeout, auth = user } = own;
      return new ClientRequest(addressOf(protocol, { ...place, ...own }), { method, headers, timeout, auth }, callback);
    };
    const get = (...given) => request(...given).end();
    return { request, get };
  };
  return {
    modules: { http: moduleOf('http:'), https: moduleOf('https:') },
    deliver(id, event) {
      const request = running.get(id);
      if (request) deliver(request, id, event);
    },
  };
});

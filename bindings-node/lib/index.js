'use strict';

const native = require('./native.js');
const { call, now } = require('./call.js');
const errors = require('./errors.js');

class Platform {
  #native;

  constructor(handle) {
    this.#native = handle;
    this.instances = new Instances(handle);
  }

  static hosted(options = {}) {
    return new Platform(now(() => native.NativePlatform.hosted(options)));
  }

  static async embedded(database, { signal, ...options } = {}) {
    const pending = now(() => native.NativePlatform.embedded(String(database), options));
    return new Platform((await call(pending, signal)).platform);
  }

  async request(method, path, { query = {}, json, token, signal, timeoutMs } = {}) {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const answer = await call(this.#native.request({ method, path, query, body, token, timeoutMs }), signal);
    const text = answer.bytes.toString('utf8');
    return { status: answer.status, requestId: answer.requestId, bytes: answer.bytes, json: () => (text ? JSON.parse(text) : null) };
  }

  async close() {
    await call(this.#native.close());
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close();
  }
}

class Instances {
  #native;

  constructor(handle) {
    this.#native = handle;
  }

  async create({ element, name, configuration, tags, signal }) {
    const texts = Object.fromEntries(Object.entries(configuration).map(([key, value]) => [key, String(value)]));
    return new Instance(await call(this.#native.createInstance(element, name, texts, tags), signal));
  }

  async get(id, { signal } = {}) {
    return new Instance(await call(this.#native.getInstance(id), signal));
  }

  async list({ signal } = {}) {
    return JSON.parse((await call(this.#native.listInstances(), signal)).json);
  }

  async delete(id, { signal } = {}) {
    await call(this.#native.deleteInstance(id), signal);
  }

  withToken(token) {
    return new Instance({ instance: this.#native.instanceWithToken(token) });
  }
}

class Instance {
  #native;

  constructor(answer) {
    this.#native = answer.instance;
    this.details = answer.json ? JSON.parse(answer.json) : undefined;
    this.id = this.details?.id;
    this.bulk = new Bulk(this.#native);
  }

  get token() {
    return this.#native.token;
  }

  async ping({ signal } = {}) {
    await call(this.#native.ping(), signal);
  }

  async objects({ signal } = {}) {
    return JSON.parse((await call(this.#native.objects(), signal)).json);
  }

  records(resource, options = {}) {
    return new Records(this.#native, resource, options);
  }
}

class Records {
  #native;
  #resource;
  #pairs;
  #signal;

  constructor(handle, resource, { where, fields, orderBy, pageSize, params, signal }) {
    this.#native = handle;
    this.#resource = resource;
    this.#signal = signal;
    const named = { where, fields, orderBy, pageSize, ...params };
    this.#pairs = Object.entries(named).filter(([, value]) => value !== undefined).flatMap(([name, value]) => [name, String(value)]);
  }

  async page(token) {
    const answer = await call(this.#native.page(this.#resource, this.#pairs, token), this.#signal);
    return { records: JSON.parse(answer.json), next: answer.next, total: answer.total, warning: answer.warning };
  }

  async *pages() {
    let token;
    do {
      const page = await this.page(token);
      yield page;
      token = page.next;
    } while (token !== undefined && token !== null);
  }

  async *[Symbol.asyncIterator]() {
    for await (const page of this.pages()) yield* page.records;
  }

  async toArray({ limit = Infinity } = {}) {
    const found = [];
    if (limit <= 0) return found;
    for await (const record of this) {
      found.push(record);
      if (found.length >= limit) break;
    }
    return found;
  }
}

class Bulk {
  #native;

  constructor(handle) {
    this.#native = handle;
  }

  async query(statement, { from, to, signal } = {}) {
    return new Job((await call(this.#native.bulkQuery(statement, from, to), signal)).job);
  }

  async job(id, { signal } = {}) {
    return new Job((await call(this.#native.job(id), signal)).job);
  }

  async list({ signal } = {}) {
    return JSON.parse((await call(this.#native.jobs(), signal)).json);
  }
}

class Job {
  #native;

  constructor(handle) {
    this.#native = handle;
    this.id = handle.id;
  }

  async status({ signal } = {}) {
    return JSON.parse((await call(this.#native.status(), signal)).json);
  }

  async report({ signal } = {}) {
    return JSON.parse((await call(this.#native.report(), signal)).json);
  }

  async *statuses({ signal } = {}) {
    const statuses = this.#native.statuses();
    for (;;) {
      const { json } = await call(statuses.next(), signal);
      if (json === undefined || json === null) return;
      yield JSON.parse(json);
    }
  }

  async wait({ onProgress, signal } = {}) {
    let last;
    for await (const status of this.statuses({ signal })) {
      last = status;
      onProgress?.(status);
    }
    return last;
  }

  async cancel({ signal } = {}) {
    return JSON.parse((await call(this.#native.cancel(), signal)).json);
  }

  async resume({ signal } = {}) {
    return JSON.parse((await call(this.#native.resume(), signal)).json);
  }

  async *errors({ signal } = {}) {
    let token;
    do {
      const answer = await call(this.#native.errors(token), signal);
      yield* JSON.parse(answer.json);
      token = answer.next;
    } while (token !== undefined && token !== null);
  }

  async download(path, { format, signal } = {}) {
    return (await call(this.#native.download(String(path), format), signal)).total;
  }

  stream(format = 'csv', { signal } = {}) {
    const handle = this.#native;
    let chunks;
    // Pulled, so nothing is read ahead of a slow consumer but one chunk.
    return new ReadableStream(
      {
        async pull(controller) {
          chunks ??= (await call(handle.stream(format), signal)).stream;
          const { bytes } = await call(chunks.next(), signal);
          if (bytes) controller.enqueue(new Uint8Array(bytes));
          else controller.close();
        },
        cancel() {
          chunks = undefined;
        },
      },
      { highWaterMark: 0 },
    );
  }
}

const brighttalk = {
  async connect(platform, options = {}) {
    const { name = 'BrightTALK', apiKey, apiSecret, staging = false, keepWithoutEmail = false, signal } = options;
    const given = (value, variable) => {
      const found = value ?? process.env[variable];
      if (found) return found;
      throw new errors.ConfigError(`the credentials are missing: ${variable} is not set`, { hint: `Give them, or set ${variable}.` });
    };
    const configuration = {
      'brighttalk.api.key': given(apiKey, 'BRIGHTTALK_API_KEY'),
      'brighttalk.api.secret': given(apiSecret, 'BRIGHTTALK_API_SECRET'),
      'brighttalk.isstaging': staging,
      'brighttalk.bulkignore.emailnotpresent': !keepWithoutEmail,
    };
    return platform.instances.create({ element: 'brighttalk', name, configuration, signal });
  },
};

const { fromNative, ...classes } = errors;
module.exports = { Platform, Instances, Instance, Records, Bulk, Job, brighttalk, ...classes };

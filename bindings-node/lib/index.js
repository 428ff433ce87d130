'use strict';

const { fileURLToPath } = require('node:url');

const native = require('./native.js');
const ceql = require('./ceql.js');
const { call, json, logTo, now } = require('./call.js');
const errors = require('./errors.js');

class Platform {
  #native;

  constructor(handle) {
    this.#native = handle;
    this.instances = new Instances(handle);
  }

  static hosted({ logger, ...options } = {}) {
    if (logger) logTo(logger);
    return new Platform(now(() => native.NativePlatform.hosted(options)));
  }

  static async embedded(database, { signal, logger, ...options } = {}) {
    if (logger) logTo(logger);
    const file = database instanceof URL ? fileURLToPath(database) : String(database);
    const pending = now(() => native.NativePlatform.embedded(file, options));
    return new Platform((await call(pending, { signal })).platform);
  }

  definitions({ level = 'organization', id } = {}) {
    return new Definitions(now(() => this.#native.definitions(level, id)));
  }

  transformations({ level = 'organization', id, element = 'brighttalk' } = {}) {
    return new Transformations(now(() => this.#native.transformations(element, level, id)));
  }

  get commonResources() {
    return new CommonResources(this.#native.commonResources());
  }

  async elements(options) {
    return json(this.#native.elements(), options);
  }

  async request(method, path, { query = {}, json: document, token, signal, timeoutMs } = {}) {
    const body = document === undefined ? undefined : JSON.stringify(document);
    const answer = await call(this.#native.request({ method, path, query, body, token, timeoutMs }), { signal });
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

  async create({ element, name, configuration, tags, ...options }) {
    const texts = Object.fromEntries(Object.entries(configuration).map(([key, value]) => [key, String(value)]));
    return new Instance(await call(this.#native.createInstance(element, name, texts, tags), options));
  }

  async get(id, options) {
    return new Instance(await call(this.#native.getInstance(id), options));
  }

  async list({ search, tags = [], ...options } = {}) {
    return json(this.#native.listInstances(search, tags), options);
  }

  async count(options) {
    return json(this.#native.countInstances(), options);
  }

  async delete(id, options) {
    await call(this.#native.deleteInstance(id), options);
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

  get definitions() {
    return new Definitions(this.#native.definitions());
  }

  get transformations() {
    return new Transformations(this.#native.transformations());
  }

  async update(change, options) {
    return json(this.#native.change(JSON.stringify(change), true), options);
  }

  async patch(change, options) {
    return json(this.#native.change(JSON.stringify(change), false), options);
  }

  async enable(options) {
    await call(this.#native.setEnabled(true), options);
  }

  async disable(options) {
    await call(this.#native.setEnabled(false), options);
  }

  async delete(options) {
    await call(this.#native.delete(), options);
  }

  async configuration(options) {
    return json(this.#native.configuration(), options);
  }

  async configure(item, value, options) {
    return json(this.#native.configure(item, value ?? undefined), options);
  }

  async rotateToken(options) {
    return json(this.#native.rotateToken(), options);
  }

  async capabilities(options) {
    return json(this.#native.capabilities(), options);
  }

  async sync(object, state, options) {
    return new Sync((await call(this.#native.sync(object, state ?? undefined), options)).sync);
  }

  async ping(options) {
    await call(this.#native.ping(), options);
  }

  async objects(options) {
    return json(this.#native.objects(), options);
  }

  records(resource, options = {}) {
    return new Records(this.#native, resource, options);
  }
}

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
    const answer = await call(this.#native.page(this.#resource, this.#pairs, token), this.#options);
    return pageOf(answer);
  }

  pages() {
    return following(this.#native.pages(this.#resource, this.#pairs), pageOf, this.#options);
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

class Bulk {
  #native;

  constructor(handle) {
    this.#native = handle;
  }

  async query(statement, { from, to, continueFrom, callbackUrl, callbackPayload, fileName, ...options } = {}) {
    const payload = callbackPayload === undefined ? undefined : JSON.stringify(callbackPayload);
    const given = { from, to, continueFrom, callbackUrl, callbackPayload: payload, fileName };
    return new Job((await call(this.#native.bulkQuery(statement, given), options)).job);
  }

  async download(object, members = {}, options) {
    return new Job((await call(this.#native.bulkDownload(object, JSON.stringify(members)), options)).job);
  }

  async job(id, options) {
    return new Job((await call(this.#native.job(id), options)).job);
  }

  async list(options) {
    return json(this.#native.jobs(), options);
  }
}

class Job {
  #native;

  constructor(handle) {
    this.#native = handle;
    this.id = handle.id;
  }

  async status(options) {
    return json(this.#native.status(), options);
  }

  async report(options) {
    return json(this.#native.report(), options);
  }

  statuses({ signal } = {}) {
    return following(this.#native.statuses(), valueOf, { signal });
  }

  async wait({ onProgress, signal } = {}) {
    let last;
    for await (const status of this.statuses({ signal })) {
      last = status;
      onProgress?.(status);
    }
    return last;
  }

  async cancel(options) {
    return json(this.#native.cancel(), options);
  }

  async resume(options) {
    return json(this.#native.resume(), options);
  }

  async *errors({ signal } = {}) {
    for await (const rows of following(this.#native.errors(), valueOf, { signal })) yield* rows;
  }

  async download(target, { format, signal, timeoutMs } = {}) {
    if (typeof target?.getWriter === 'function') {
      let size = 0;
      const counted = new TransformStream({
        transform(chunk, controller) {
          size += chunk.byteLength;
          controller.enqueue(chunk);
        },
      });
      await this.stream(format, { signal }).pipeThrough(counted).pipeTo(target, { signal });
      return size;
    }
    return (await call(this.#native.download(String(target), format), { signal, timeoutMs })).total;
  }

  batches({ size = 1000, signal } = {}) {
    return batches(this.#native, size, signal);
  }

  stream(format = 'csv', { signal } = {}) {
    const handle = this.#native;
    let chunks;
    const close = async () => {
      if (chunks) await call(chunks.close());
    };
    // Pulled, so nothing is read ahead of a slow consumer but one chunk.
    return new ReadableStream(
      {
        async pull(controller) {
          try {
            chunks ??= (await call(handle.stream(format), { signal })).stream;
            const { bytes } = await call(chunks.next(), { signal });
            if (bytes) controller.enqueue(new Uint8Array(bytes));
            else controller.close();
          } catch (error) {
            await close();
            throw error;
          }
        },
        cancel: close,
      },
      { highWaterMark: 0 },
    );
  }
}

async function* batches(handle, size, signal) {
  const { pages } = await call(handle.pages(size), { signal });
  yield* following(pages, valueOf, { signal });
}

/** What a native stream gives until its end. JSON is decoded here, a page at a time. */
async function* following(stream, made, options) {
  try {
    for (;;) {
      const answer = await call(stream.next(), options);
      if (answer.json === undefined || answer.json === null) return;
      yield made(answer);
    }
  } finally {
    await call(stream.close());
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

const valueOf = ({ json }) => JSON.parse(json);
const pageOf = ({ json, next, total, warning }) => ({ records: JSON.parse(json), next, total, warning });

class Sync {
  #native;

  constructor(handle) {
    this.#native = handle;
    this.job = new Job(handle.job());
  }

  async download(path, { format, ...options } = {}) {
    return (await call(this.#native.download(String(path), format), options)).total;
  }

  batches({ size = 1000, signal } = {}) {
    return batches(this.#native, size, signal);
  }

  async state(options) {
    return json(this.#native.state(), options);
  }
}

/** What definitions, transformations and common resources have in common. */
class Named {
  constructor(handle) {
    Object.defineProperty(this, 'handle', { value: handle });
  }

  async list(options) {
    return json(this.handle.list(), options);
  }

  async get(name, options) {
    return json(this.handle.get(name), options);
  }

  async delete(name, options) {
    await call(this.handle.delete(name), options);
  }
}

class Definitions extends Named {
  async create(name, definition, options) {
    return json(this.handle.create(name, JSON.stringify(definition)), options);
  }

  async replace(name, definition, options) {
    return json(this.handle.replace(name, JSON.stringify(definition)), options);
  }

  async rename(name, newName, options) {
    await call(this.handle.rename(name, newName), options);
  }
}

class Transformations extends Named {
  async create(name, transformation, options) {
    return json(this.handle.create(name, JSON.stringify(transformation)), options);
  }

  async replace(name, transformation, options) {
    return json(this.handle.replace(name, JSON.stringify(transformation)), options);
  }

  async execute(name, payload, { toVendor = false, ...options } = {}) {
    return json(this.handle.execute(name, JSON.stringify(payload), toVendor), options);
  }
}

class CommonResources extends Named {
  async save(resource, options) {
    return json(this.handle.save(JSON.stringify(resource)), options);
  }

  async rename(name, newName, options) {
    await call(this.handle.rename(name, newName), options);
  }
}

const brighttalk = {
  async connect(platform, options = {}) {
    const { name = 'BrightTALK', apiKey, apiSecret, staging = false, keepWithoutEmail = false, ...rest } = options;
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
    return platform.instances.create({ element: 'brighttalk', name, configuration, ...rest });
  },
};

/** Whether a callback was signed with this key. */
function verifyWebhook(key, body, signature) {
  return native.verifyWebhook(key, typeof body === 'string' ? Buffer.from(body) : body, signature ?? undefined);
}

const { fromNative, ...classes } = errors;
module.exports = {
  Platform, Instances, Instance, Records, Bulk, Job, Sync, Definitions, Transformations, CommonResources,
  brighttalk, verifyWebhook, ...ceql, ...classes,
};

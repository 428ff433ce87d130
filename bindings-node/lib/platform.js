'use strict';
// A platform and the instances on it.

const { fileURLToPath } = require('node:url');

const native = require('./native.js');
const { call, json, logTo, now } = require('./call.js');
const { Instance } = require('./instance.js');
const { CommonResources, Definitions, Transformations } = require('./shapes.js');

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
    return new Platform((await call(() => native.NativePlatform.embedded(file, options), { signal })).platform);
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
    const answer = await call(() => this.#native.request({ method, path, query, body, token, timeoutMs }), { signal });
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
    return new Instance(await call(() => this.#native.createInstance(element, name, texts(configuration), tags), options));
  }

  async connect({ element, name, configuration, tags, ...options }) {
    return new Instance(await call(() => this.#native.connectInstance(element, name, texts(configuration), tags), options));
  }

  async get(id, options) {
    return new Instance(await call(() => this.#native.getInstance(id), options));
  }

  async list({ search, tags = [], ...options } = {}) {
    return json(() => this.#native.listInstances(search, tags), options);
  }

  async count(options) {
    return json(this.#native.countInstances(), options);
  }

  async delete(id, options) {
    await call(() => this.#native.deleteInstance(id), options);
  }

  withToken(token) {
    return new Instance({ instance: now(() => this.#native.instanceWithToken(token)) });
  }
}

function texts(configuration) {
  return Object.fromEntries(Object.entries(configuration).map(([key, value]) => [key, String(value)]));
}

module.exports = { Platform, Instances };

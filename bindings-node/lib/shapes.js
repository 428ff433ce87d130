'use strict';
// Shapes of one's own and their mappings: definitions, transformations, common resources.

const { call, json } = require('./call.js');

/** What definitions, transformations and common resources have in common. */
class Named {
  constructor(handle) {
    Object.defineProperty(this, 'handle', { value: handle });
  }

  async list(options) {
    return json(this.handle.list(), options);
  }

  async get(name, options) {
    return json(() => this.handle.get(name), options);
  }

  async delete(name, options) {
    await call(() => this.handle.delete(name), options);
  }
}

class Definitions extends Named {
  async create(name, definition, options) {
    return json(() => this.handle.create(name, JSON.stringify(definition)), options);
  }

  async replace(name, definition, options) {
    return json(() => this.handle.replace(name, JSON.stringify(definition)), options);
  }

  async rename(name, newName, options) {
    await call(() => this.handle.rename(name, newName), options);
  }
}

class Transformations extends Named {
  async create(name, transformation, options) {
    return json(() => this.handle.create(name, JSON.stringify(transformation)), options);
  }

  async replace(name, transformation, options) {
    return json(() => this.handle.replace(name, JSON.stringify(transformation)), options);
  }

  async execute(name, payload, { toVendor = false, ...options } = {}) {
    return json(() => this.handle.execute(name, JSON.stringify(payload), toVendor), options);
  }
}

class CommonResources extends Named {
  async save(resource, options) {
    return json(() => this.handle.save(JSON.stringify(resource)), options);
  }

  async rename(name, newName, options) {
    await call(() => this.handle.rename(name, newName), options);
  }
}

module.exports = { Definitions, Transformations, CommonResources };

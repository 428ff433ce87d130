'use strict';
// Custom shapes and their mappings: definitions, transformations, common resources.

const check = require('./check.js');

const { CALL, filled, json, object, options } = check;

/** Base of definitions, transformations and common resources. */
class Named {
  constructor(handle, session) {
    Object.defineProperties(this, { handle: { value: handle }, session: { value: session } });
  }

  async list(given) {
    const limit = options(given, CALL);
    return this.session.json(() => this.handle.list(), limit);
  }

  async get(name, given) {
    filled('name', name);
    return this.session.json(() => this.handle.get(name), options(given, CALL));
  }

  async delete(name, given) {
    filled('name', name);
    await this.session.call(() => this.handle.delete(name), options(given, CALL));
  }
}

class Renamed extends Named {
  async rename(name, newName, given) {
    filled('name', name);
    filled('newName', newName);
    await this.session.call(() => this.handle.rename(name, newName), options(given, CALL));
  }
}

class Definitions extends Renamed {
  async create(name, definition, given) {
    const [of, shape] = [filled('name', name), object('definition', definition)];
    return this.session.json(() => this.handle.create(of, shape), options(given, CALL));
  }

  async replace(name, definition, given) {
    const [of, shape] = [filled('name', name), object('definition', definition)];
    return this.session.json(() => this.handle.replace(of, shape), options(given, CALL));
  }
}

class Transformations extends Named {
  async create(name, transformation, given) {
    const [of, mapping] = [filled('name', name), object('transformation', transformation)];
    return this.session.json(() => this.handle.create(of, mapping), options(given, CALL));
  }

  async replace(name, transformation, given) {
    const [of, mapping] = [filled('name', name), object('transformation', transformation)];
    return this.session.json(() => this.handle.replace(of, mapping), options(given, CALL));
  }

  async execute(name, payload, given) {
    const [of, records] = [filled('name', name), json('payload', payload)];
    const { toVendor = false, ...limit } = options(given, { ...CALL, toVendor: check.flag });
    return this.session.json(() => this.handle.execute(of, records, toVendor), limit);
  }
}

class CommonResources extends Renamed {
  async save(resource, given) {
    const shape = object('resource', resource);
    return this.session.json(() => this.handle.save(shape), options(given, CALL));
  }
}

module.exports = { Definitions, Transformations, CommonResources };

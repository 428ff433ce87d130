'use strict';
// An instance: everything that is done with its Element token.

const { call, json } = require('./call.js');
const { Bulk, Sync } = require('./jobs.js');
const { Records } = require('./records.js');
const { Definitions, Transformations } = require('./shapes.js');

class Instance {
  #native;
  #details;

  constructor(answer) {
    this.#native = answer.instance;
    this.#details = answer.json ? JSON.parse(answer.json) : undefined;
    this.bulk = new Bulk(this.#native);
  }

  get id() {
    return this.#native.id ?? undefined;
  }

  // No property of its own, since the Element token is in it: an instance that is printed shows nothing secret.
  get details() {
    return this.#details;
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
    return json(() => this.#native.change(JSON.stringify(change), true), options);
  }

  async patch(change, options) {
    return json(() => this.#native.change(JSON.stringify(change), false), options);
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
    return json(() => this.#native.configure(item, value ?? undefined), options);
  }

  async rotateToken(options) {
    return json(this.#native.rotateToken(), options);
  }

  async capabilities(options) {
    return json(this.#native.capabilities(), options);
  }

  async sync(object, state, options) {
    return new Sync((await call(() => this.#native.sync(object, state ?? undefined), options)).sync);
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

module.exports = { Instance };

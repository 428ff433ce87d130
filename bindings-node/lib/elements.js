'use strict';
// The elements of a platform, and logins that a user grants in a browser.

const native = require('./native.js');
const check = require('./check.js');
const { Session, now } = require('./session.js');

const { CALL, filled, options, text } = check;

const LOGIN = {
  ...CALL,
  callbackUrl: filled,
  apiKey: filled,
  scope: text,
  state: filled,
  parameters: check.scalars,
};

/** Base of objects that can be called: a function with the prototype of the class. */
class Callable {
  constructor(called) {
    return Object.setPrototypeOf(called, new.target.prototype);
  }
}

/** The elements; calling the object lists them. */
class Elements extends Callable {
  #native;
  #session;

  constructor(handle, session) {
    super((given) => this.list(given));
    this.#native = handle;
    this.#session = session;
  }

  async list(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.list(), limit);
  }

  async get(element, given) {
    const of = filled('element', element);
    return this.#session.json(() => this.#native.get(of), options(given, CALL));
  }

  async metadata(element, given) {
    const of = filled('element', element);
    return this.#session.json(() => this.#native.metadata(of), options(given, CALL));
  }

  async configuration(element, given) {
    const of = filled('element', element);
    return this.#session.json(() => this.#native.configuration(of), options(given, CALL));
  }

  async import(definition, given) {
    const limit = options(given, CALL);
    const wanted = await this.#document(definition, limit);
    return this.#session.json(() => this.#native.create(wanted), { ...limit, changes: true });
  }

  async replace(element, definition, given) {
    const [of, limit] = [filled('element', element), options(given, CALL)];
    const wanted = await this.#document(definition, limit);
    return this.#session.json(() => this.#native.replace(of, wanted), { ...limit, changes: true });
  }

  async export(element, given) {
    const of = filled('element', element);
    return this.#session.json(() => this.#native.exportDefinition(of), options(given, CALL));
  }

  async remove(element, given) {
    const of = filled('element', element);
    await this.#session.call(() => this.#native.remove(of), { ...options(given, CALL), changes: true });
  }

  async check(definition, given) {
    const limit = options(given, CALL);
    const wanted = await this.#document(definition, limit);
    return this.#session.json(() => native.checkDefinition(wanted), limit);
  }

  /** Returns a definition as JSON: of a document, or of the file or folder at a path. */
  async #document(definition, limit) {
    if (typeof definition !== 'string' && !(definition instanceof URL)) return check.object('definition', definition);
    const path = check.file('definition', definition);
    const read = await this.#session.json(() => native.readDefinition(path), limit);
    return check.json('definition', read);
  }

  async oauthUrl(element, given) {
    const of = filled('element', element);
    const { signal, timeoutMs, parameters, ...named } = options(given, LOGIN);
    const wanted = JSON.stringify({ ...parameters, ...named });
    const found = await this.#session.json(() => this.#native.oauthUrl(of, wanted), { signal, timeoutMs });
    return new OauthUrl(found);
  }
}

class OauthUrl {
  constructor({ oauthUrl, element, state }) {
    Object.assign(this, { url: oauthUrl, element, state });
  }

  grant(redirect) {
    const address = redirect instanceof URL ? redirect.href : text('redirect', redirect);
    return grantOf(
      now(() => native.oauthCode(address, this.state)),
      this.state,
    );
  }
}

class LoopbackCallback {
  #native;
  #session;

  constructor(handle, session) {
    this.#native = handle;
    this.#session = session;
  }

  static async bind(given) {
    const { port = 0, ...limit } = options(given, { ...CALL, port: check.whole(0, 65535) });
    const session = new Session();
    const { loopback } = await session.call(() => native.bindLoopback(port), limit);
    return new LoopbackCallback(loopback, session);
  }

  get url() {
    return this.#native.url;
  }

  async grant(login, given) {
    if (!(login instanceof OauthUrl)) throw check.wrong('login', 'an OauthUrl', login);
    const code = await this.#session.json(() => this.#native.code(login.state), options(given, CALL));
    return grantOf(code, login.state);
  }

  close() {
    this.#native.close();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.close();
  }
}

/** A grant. Printing it does not show the code. */
function grantOf(code, state) {
  return Object.defineProperty({ state }, 'code', { value: code });
}

/** The option `granted` of a new instance. */
function granted(name, value) {
  if (!check.isObject(value)) throw check.wrong(name, 'an object with code and state', value);
  return { code: filled(`${name}.code`, value.code), state: filled(`${name}.state`, value.state) };
}

module.exports = { Elements, LoopbackCallback, OauthUrl, granted };

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

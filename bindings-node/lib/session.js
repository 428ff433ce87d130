'use strict';
// State that all objects of a platform share: its calls, its log, its number format.

const native = require('./native.js');
const { fromNative } = require('./errors.js');
const { integer, read } = require('./json.js');
const { Limit } = require('./limit.js');
const { ElementKitWarning } = require('./warning.js');

class Session {
  #logger;
  #integers;

  constructor({ logger, integers = 'bigint' } = {}) {
    this.#logger = logger;
    this.#integers = integers;
    this.reports = new native.NativeReports(logger !== undefined);
  }

  /**
   * Makes the call that a function returns. If the limit of its options is over before the response, the call is
   * dropped with its calls to the vendor.
   */
  async call(make, options) {
    const limit = Limit.of(options);
    limit.check();
    const pending = now(make);
    const forget = limit.watch(() => pending.cancel());
    try {
      return await pending.run();
    } catch (failure) {
      limit.check();
      throw fromNative(failure);
    } finally {
      forget();
      this.#deliver();
    }
  }

  /** Makes a call that returns JSON. */
  async json(make, options) {
    return this.read((await this.call(make, options)).json);
  }

  /** Parses JSON. */
  read(text) {
    return read(text, this.#integers);
  }

  /** Returns the response to a call of any kind. */
  response({ status, requestId, headers, bytes }) {
    const sent = headers.flatMap((name, at) => (at % 2 ? [] : [[name, headers[at + 1]]]));
    const json = () => (bytes.length > 0 ? this.read(bytes.toString('utf8')) : null);
    return { status, requestId, headers: new Headers(sent), bytes, json };
  }

  /** Converts an integer that crossed as a string. */
  integer(digits) {
    return integer(digits, this.#integers);
  }

  /** Parses warnings of the platform. */
  warnings(text) {
    return text ? read(text, this.#integers).map((warning) => new ElementKitWarning(warning)) : [];
  }

  #deliver() {
    for (const warning of this.warnings(this.reports.takeWarnings())) process.emitWarning(warning);
    if (!this.#logger) return;
    for (const { level, text } of this.reports.takeLog()) {
      try {
        this.#logger[level]?.(text);
      } catch {
        // A logger that fails must not fail the call.
      }
    }
  }
}

/** Calls a native function that may reject its arguments at once. */
function now(make) {
  try {
    return make();
  } catch (failure) {
    throw fromNative(failure);
  }
}

module.exports = { Session, now };

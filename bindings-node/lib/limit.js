'use strict';
// Limits that end a call before its response: the caller's signal, and its timeout.

const { TimeoutError } = require('./errors.js');
const native = require('./native.js');

/** Waiting calls by signal. A signal has one listener, however many calls share it, and none while no call waits. */
const waiting = new WeakMap();

/** Runs a function when a signal is aborted; returns a function that removes it. */
function whenAborted(signal, act) {
  let acts = waiting.get(signal);
  if (!acts) {
    acts = new Set();
    acts.fire = () => {
      waiting.delete(signal);
      for (const each of acts) each();
    };
    waiting.set(signal, acts);
    signal.addEventListener('abort', acts.fire, { once: true });
  }
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size > 0 || waiting.get(signal) !== acts) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', acts.fire);
  };
}

/** The longest delay of a JavaScript timer; a longer one fires at once. */
const LONGEST = 2 ** 31 - 1;

class Limit {
  #signal;
  #ends;
  #timeoutMs;
  #changes;
  #ended;
  #acts = new Set();

  /** Returns the limit itself, or a new one from the options of a call. */
  static of(options) {
    return options instanceof Limit ? options : new Limit(options);
  }

  /** `changes` tells that the call may change something at the vendor, so that its outcome is open when it is over. */
  constructor({ signal, timeoutMs, changes = false } = {}) {
    this.#signal = signal;
    this.#changes = changes;
    this.#timeoutMs = timeoutMs;
    this.#ends = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
  }

  /** Ends it manually. */
  end(reason) {
    if (this.#ended) return;
    this.#ended = { reason };
    for (const act of this.#acts) act();
  }

  /** Throws the reason if it is over. */
  check() {
    if (this.#ended) throw this.#ended.reason;
    if (this.#signal?.aborted) throw reasonOf(this.#signal, this.#changes);
    if (performance.now() < this.#ends) return;
    const hint = this.#changes ? native.openOutcome() : 'Try again, or give it more time with timeoutMs.';
    throw new TimeoutError(`no response within ${this.#timeoutMs} ms`, { hint, retryable: true });
  }

  /** Runs a function when it is over; returns a function that removes it. */
  watch(act) {
    this.#acts.add(act);
    const forget = this.#signal && whenAborted(this.#signal, act);
    const timer = this.#ends === Infinity ? undefined : this.#wake(act);
    return () => {
      this.#acts.delete(act);
      forget?.();
      clearTimeout(timer?.id);
    };
  }

  #wake(act) {
    const timer = {};
    const again = () => {
      const left = this.#ends - performance.now();
      if (left <= 0) return act();
      timer.id = setTimeout(again, Math.min(Math.ceil(left), LONGEST)).unref();
    };
    again();
    return timer;
  }
}

/** Returns the error of a signal: a timeout is an error of the package, any other reason is thrown unchanged. */
function reasonOf({ reason }, changes) {
  if (reason?.name !== 'TimeoutError' || reason instanceof TimeoutError) return reason;
  return new TimeoutError('no response in time', {
    hint: changes ? native.openOutcome() : 'Try again, or give it more time.',
    retryable: true,
    cause: reason,
  });
}

module.exports = { Limit };

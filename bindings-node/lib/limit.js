'use strict';
// What may end a call before its answer: the caller's signal, and its time.

const { TimeoutError } = require('./errors.js');

/** What waits for each signal. A signal has one listener, however many calls share it, and none when no call waits. */
const waiting = new WeakMap();

/** Runs a function when a signal is aborted; returns how to forget it. */
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

/** The longest time that a timer of JavaScript can wait; beyond it fires at once. */
const LONGEST = 2 ** 31 - 1;

class Limit {
  #signal;
  #ends;
  #timeoutMs;
  #ended;
  #acts = new Set();

  /** A limit as it is, or the one that the options of a call set from now on. */
  static of(options) {
    return options instanceof Limit ? options : new Limit(options);
  }

  constructor({ signal, timeoutMs } = {}) {
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#ends = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
  }

  /** Ends it by hand. */
  end(reason) {
    if (this.#ended) return;
    this.#ended = { reason };
    for (const act of this.#acts) act();
  }

  /** Throws the reason if it is over. */
  check() {
    if (this.#ended) throw this.#ended.reason;
    if (this.#signal?.aborted) throw reasonOf(this.#signal);
    if (performance.now() < this.#ends) return;
    const hint = 'Try again, or give it more time with timeoutMs.';
    throw new TimeoutError(`no answer within ${this.#timeoutMs} ms`, { hint, retryable: true });
  }

  /** Runs a function when it is over; returns how to forget it. */
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

/** Time that ran out is an error of the package; whatever else a signal was aborted with is thrown as it is. */
function reasonOf({ reason }) {
  if (reason?.name !== 'TimeoutError' || reason instanceof TimeoutError) return reason;
  return new TimeoutError('no answer in time', {
    hint: 'Try again, or give it more time.',
    retryable: true,
    cause: reason,
  });
}

module.exports = { Limit };

'use strict';
// Native streams as async iterators.

const { Limit } = require('./limit.js');

/**
 * Iterates over a native stream. JSON is decoded here, a page at a time. A timeout in the options applies to each item,
 * a limit to all of them.
 */
async function* following(session, stream, made, options) {
  try {
    for (;;) {
      const answer = await session.call(() => stream.next(), options);
      if (answer.json === undefined || answer.json === null) return;
      yield made(answer);
    }
  } finally {
    await session.call(() => stream.close());
  }
}

/** Iterates over the records of a result in lists of at most `size`. */
async function* batches(session, handle, size, options) {
  const { pages } = await session.call(() => handle.pages(size), options);
  yield* following(session, pages, ({ json }) => session.read(json), options);
}

/**
 * Iterates over the items of lists. After an abort the next step throws, also if items of the list are left. A
 * generator would cost more than decoding the records.
 */
function oneByOne(lists, { signal } = {}) {
  const limit = new Limit({ signal });
  let [items, at] = [[], 0];
  // Calls of next() before the response arrives are queued.
  let [line, waiting] = [Promise.resolve(), 0];
  async function turn() {
    while (at >= items.length) {
      const turned = await lists.next();
      if (turned.done) return turned;
      [items, at] = [turned.value, 0];
    }
    return { done: false, value: items[at++] };
  }
  async function leave() {
    items = [];
    await lists.return().catch(() => {});
    limit.check();
  }
  return {
    next() {
      if (signal?.aborted) return leave();
      if (waiting === 0 && at < items.length) return Promise.resolve({ done: false, value: items[at++] });
      waiting += 1;
      const answer = line.then(turn).finally(() => (waiting -= 1));
      line = answer.catch(() => {});
      return answer;
    },
    return(value) {
      items = [];
      return lists.return(value);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

module.exports = { batches, following, oneByOne };

'use strict';
// What native streams give, as async iterators.

const { Limit } = require('./limit.js');

/**
 * What a native stream gives until its end. JSON is decoded here, a page at a time. Options with a time hold for each item anew, a
 * limit for all of them.
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

/** The records of a result in lists of at most this many. */
async function* batches(session, handle, size, options) {
  const { pages } = await session.call(() => handle.pages(size), options);
  yield* following(session, pages, ({ json }) => session.read(json), options);
}

/**
 * The items of lists, one after the other. After an abort the next step throws, also when items of the list are left. A generator
 * would cost more than making the records does.
 */
function oneByOne(lists, { signal } = {}) {
  const limit = new Limit({ signal });
  let [items, at] = [[], 0];
  // Calls of next() before the answer is there wait in line.
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

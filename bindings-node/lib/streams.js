'use strict';
// What native streams give, as async iterators.

const { call } = require('./call.js');

/** What a native stream gives until its end. JSON is decoded here, a page at a time. */
async function* following(stream, made, options) {
  try {
    for (;;) {
      const answer = await call(stream.next(), options);
      if (answer.json === undefined || answer.json === null) return;
      yield made(answer);
    }
  } finally {
    await call(stream.close());
  }
}

/** The records of a result in lists of at most this many. */
async function* batches(handle, size, options) {
  const { pages } = await call(() => handle.pages(size), options);
  yield* following(pages, valueOf, options);
}

const valueOf = ({ json }) => JSON.parse(json);

module.exports = { batches, following, valueOf };

'use strict';
// Uploads: of a file, of bytes, or of records in blocks.

const check = require('./check.js');
const { Limit } = require('./limit.js');
const { UPLOAD } = require('./options.js');
const { json, rules } = require('./tables.js');

const OPTIONS = { ...check.CALL, ...rules(UPLOAD) };

/** Number of characters of JSON lines that are passed together. */
const BLOCK = 256 * 1024;

/** Starts an upload and returns the answer with its job. */
async function upload(session, instance, object, source, given) {
  const { signal, timeoutMs, ...wanted } = check.options(given, OPTIONS);
  check.filled('object', object);
  const taken = json(wanted, UPLOAD);
  const limit = Limit.of({ signal, timeoutMs });
  if (typeof source === 'string' || source instanceof URL) {
    const path = check.file('source', source);
    return session.call(() => instance.bulkUpload(object, path, undefined, taken), limit);
  }
  if (source instanceof Uint8Array)
    return session.call(() => instance.bulkUpload(object, undefined, source, taken), limit);
  const lines = blocks(source);
  const { feed } = await session.call(() => instance.bulkFeed(object, taken), limit);
  try {
    for await (const block of lines) await session.call(() => feed.push(Buffer.from(block)), limit);
    return await session.call(() => feed.finish(), limit);
  } finally {
    // Without effect after the end.
    feed.abandon();
  }
}

/** Returns records in blocks of JSON lines. */
function blocks(records) {
  if (typeof records?.[Symbol.iterator] === 'function') return listed(records);
  if (typeof records?.[Symbol.asyncIterator] === 'function') return arriving(records);
  throw check.wrong('source', 'a path, a file: URL, a Uint8Array or an iterable of objects', records);
}

function* listed(records) {
  let [lines, at] = ['', 0];
  for (const record of records) {
    lines += `${check.object(`source[${at++}]`, record)}\n`;
    if (lines.length < BLOCK) continue;
    yield lines;
    lines = '';
  }
  yield lines;
}

async function* arriving(records) {
  let [lines, at] = ['', 0];
  for await (const record of records) {
    lines += `${check.object(`source[${at++}]`, record)}\n`;
    if (lines.length < BLOCK) continue;
    yield lines;
    lines = '';
  }
  yield lines;
}

module.exports = { upload };

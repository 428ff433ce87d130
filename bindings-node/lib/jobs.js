'use strict';
// Bulk jobs and incremental pulls: starting, polling, reading results.

const check = require('./check.js');
const { Limit } = require('./limit.js');
const { batches, following, oneByOne } = require('./streams.js');
const { INSPECT, shown } = require('./shown.js');
const { upload } = require('./uploads.js');

const { CALL, filled, options, text } = check;

/** Reason for which a pending chunk is abandoned; its reader does not see it. */
const CANCELLED = new Error('the stream was cancelled');

const FORMATS = ['csv', 'json', 'jsonl', 'parquet', 'arrow'];
const format = check.oneOf(...FORMATS);
const QUERY = {
  ...CALL,
  from: text,
  to: text,
  continueFrom: filled,
  callbackUrl: filled,
  callbackPayload: check.json,
  fileName: filled,
  warnings: check.warnings,
};
const BATCHES = { ...CALL, size: check.whole(1, 2 ** 32 - 1) };
const DOWNLOAD = { ...CALL, format };
const FAILED = { ...CALL, unknown: check.flag };

class Bulk {
  #native;
  #session;

  constructor(handle, session) {
    this.#native = handle;
    this.#session = session;
  }

  async query(statement, given) {
    const { signal, timeoutMs, ...wanted } = options(given, QUERY);
    filled('statement', statement);
    return this.#started(() => this.#native.bulkQuery(statement, wanted), { signal, timeoutMs });
  }

  async download(object, members = {}, given) {
    filled('object', object);
    if (!check.isObject(members)) throw check.wrong('members', 'an object', members);
    const wanted = check.json('members', members);
    const { warnings, ...limit } = options(given, { ...CALL, warnings: check.warnings });
    return this.#started(() => this.#native.bulkDownload(object, wanted, warnings), limit);
  }

  async upload(object, source, given) {
    return new Job((await upload(this.#session, this.#native, object, source, given)).job, this.#session);
  }

  async job(id, given) {
    filled('id', id);
    return this.#started(() => this.#native.job(id), options(given, CALL));
  }

  async list(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.jobs(), limit);
  }

  async #started(make, limit) {
    return new Job((await this.#session.call(make, limit)).job, this.#session);
  }
}

class Job {
  #native;
  #session;
  /** The last status that is known. */
  #known;

  constructor(handle, session) {
    this.#native = handle;
    this.#session = session;
    this.id = handle.id;
    this.warnings = session.warnings(handle.warnings);
  }

  [INSPECT](depth, options, inspect) {
    const { status, objectName: object, recordsCount: records, recordsFailedCount, error } = this.#known ?? {};
    const known = { status, object, records, failed: recordsFailedCount || undefined, error };
    return shown(`Job ${this.id}`, known, depth, options, inspect);
  }

  async status(given) {
    const limit = options(given, CALL);
    return (this.#known = await this.#session.json(() => this.#native.status(), limit));
  }

  async report(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.report(), limit);
  }

  statuses(given) {
    return this.#statuses(options(given, CALL));
  }

  #statuses(limit) {
    const read = ({ json }) => (this.#known = this.#session.read(json));
    return following(this.#session, this.#native.statuses(), read, limit);
  }

  async wait(given) {
    const { onProgress, ...limit } = options(given, { ...CALL, onProgress: check.callback });
    let last;
    for await (const status of this.#statuses(Limit.of(limit))) {
      last = status;
      onProgress?.(status);
    }
    return last;
  }

  async cancel(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.cancel(), limit);
  }

  async resume(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.resume(), limit);
  }

  errors(given) {
    const limit = options(given, CALL);
    const lists = following(this.#session, this.#native.errors(), ({ json }) => this.#session.read(json), limit);
    return oneByOne(lists, limit);
  }

  failedRecords(given) {
    const { unknown = false, ...limit } = options(given, FAILED);
    return this.#bytes(() => this.#native.failed(unknown), limit);
  }

  async downloadFailed(target, given) {
    const { unknown = false, ...limit } = options(given, FAILED);
    const path = check.file('path', target);
    return (await this.#session.call(() => this.#native.downloadFailed(path, unknown), limit)).total;
  }

  async download(target, given) {
    const { format: wanted, ...limit } = options(given, DOWNLOAD);
    if (typeof target?.getWriter === 'function') return this.#pipe(wanted, target, Limit.of(limit));
    const path = check.file('target', target);
    return (await this.#session.call(() => this.#native.download(path, wanted), limit)).total;
  }

  batches(given) {
    const { size = 1000, ...limit } = options(given, BATCHES);
    return batches(this.#session, this.#native, size, limit);
  }

  stream(wanted = 'csv', given) {
    return this.#stream(format('format', wanted), options(given, CALL));
  }

  #stream(wanted, limit) {
    return this.#bytes(() => this.#native.stream(wanted), limit);
  }

  /**
   * Returns the stream of bytes that a call opens. A timeout in the options applies to each chunk; a limit applies to the
   * whole stream.
   */
  #bytes(open, limit) {
    const session = this.#session;
    let [chunks, reading] = [];
    const close = async () => {
      if (chunks) await session.call(() => chunks.close());
    };
    const cancel = async () => {
      // Does not wait for a pending chunk.
      reading?.end(CANCELLED);
      await close();
    };
    // Pulled, so at most one chunk is read ahead of a slow consumer.
    return new ReadableStream(
      {
        async pull(controller) {
          reading = limit instanceof Limit ? limit : new Limit(limit);
          try {
            chunks ??= (await session.call(open, reading)).stream;
            const { bytes } = await session.call(() => chunks.next(), reading);
            if (bytes) controller.enqueue(new Uint8Array(bytes));
            else controller.close();
          } catch (error) {
            await close();
            throw error;
          }
        },
        cancel,
      },
      { highWaterMark: 0 },
    );
  }

  /** Pipes a result into a web stream and returns its size. */
  async #pipe(wanted, target, limit) {
    let size = 0;
    const counted = new TransformStream({
      transform(chunk, controller) {
        size += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    limit.check();
    // A separate signal: the caller's would get a listener for each download.
    const [ended, reading] = [new AbortController(), new Limit()];
    const forget = limit.watch(() => {
      reading.end(CANCELLED);
      ended.abort();
    });
    try {
      await this.#stream(wanted ?? 'csv', reading)
        .pipeThrough(counted)
        .pipeTo(target, { signal: ended.signal });
    } catch (failure) {
      limit.check();
      throw failure;
    } finally {
      forget();
    }
    return size;
  }
}

class Sync {
  #native;
  #session;

  constructor(handle, session) {
    this.#native = handle;
    this.#session = session;
    this.job = new Job(handle.job(), session);
  }

  [INSPECT](depth, options, inspect) {
    return shown('Sync', { job: this.job }, depth, options, inspect);
  }

  async download(target, given) {
    const { format: wanted, ...limit } = options(given, DOWNLOAD);
    const path = check.file('path', target);
    return (await this.#session.call(() => this.#native.download(path, wanted), limit)).total;
  }

  batches(given) {
    const { size = 1000, ...limit } = options(given, BATCHES);
    return batches(this.#session, this.#native, size, limit);
  }

  async pending(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.pending(), limit);
  }

  async state(given) {
    const limit = options(given, CALL);
    return this.#session.json(() => this.#native.state(), limit);
  }
}

module.exports = { Bulk, Job, Sync };

'use strict';
// Bulk jobs and incremental pulls: starting them, following them, taking their results.

const { call, deadline, json, reasonOf } = require('./call.js');
const { batches, following, valueOf } = require('./streams.js');

class Bulk {
  #native;

  constructor(handle) {
    this.#native = handle;
  }

  async query(statement, { from, to, continueFrom, callbackUrl, callbackPayload, fileName, ...options } = {}) {
    const payload = callbackPayload === undefined ? undefined : JSON.stringify(callbackPayload);
    const given = { from, to, continueFrom, callbackUrl, callbackPayload: payload, fileName };
    return new Job((await call(() => this.#native.bulkQuery(statement, given), options)).job);
  }

  async download(object, members = {}, options) {
    return new Job((await call(() => this.#native.bulkDownload(object, JSON.stringify(members)), options)).job);
  }

  async job(id, options) {
    return new Job((await call(() => this.#native.job(id), options)).job);
  }

  async list(options) {
    return json(this.#native.jobs(), options);
  }
}

class Job {
  #native;

  constructor(handle) {
    this.#native = handle;
    this.id = handle.id;
  }

  async status(options) {
    return json(this.#native.status(), options);
  }

  async report(options) {
    return json(this.#native.report(), options);
  }

  statuses(options) {
    return following(this.#native.statuses(), valueOf, options);
  }

  async wait({ onProgress, ...options } = {}) {
    let last;
    for await (const status of this.statuses({ signal: deadline(options) })) {
      last = status;
      onProgress?.(status);
    }
    return last;
  }

  async cancel(options) {
    return json(this.#native.cancel(), options);
  }

  async resume(options) {
    return json(this.#native.resume(), options);
  }

  async *errors(options) {
    for await (const rows of following(this.#native.errors(), valueOf, options)) yield* rows;
  }

  async download(target, { format, ...options } = {}) {
    if (typeof target?.getWriter === 'function') return pipe(this, format, target, deadline(options));
    return (await call(() => this.#native.download(String(target), format), options)).total;
  }

  batches({ size = 1000, ...options } = {}) {
    return batches(this.#native, size, options);
  }

  stream(format = 'csv', { signal, timeoutMs } = {}) {
    const handle = this.#native;
    // Who cancels must not wait for the chunk that is under way.
    const cancelled = new AbortController();
    const options = { signal: signal ? AbortSignal.any([signal, cancelled.signal]) : cancelled.signal, timeoutMs };
    let chunks;
    const close = async () => {
      cancelled.abort();
      if (chunks) await call(chunks.close());
    };
    // Pulled, so nothing is read ahead of a slow consumer but one chunk.
    return new ReadableStream(
      {
        async pull(controller) {
          try {
            chunks ??= (await call(() => handle.stream(format), options)).stream;
            const { bytes } = await call(chunks.next(), options);
            if (bytes) controller.enqueue(new Uint8Array(bytes));
            else controller.close();
          } catch (error) {
            await close();
            throw error;
          }
        },
        cancel: close,
      },
      { highWaterMark: 0 },
    );
  }
}

/** Pipes a result into a web stream and answers its size. */
async function pipe(job, format, target, signal) {
  let size = 0;
  const counted = new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength;
      controller.enqueue(chunk);
    },
  });
  try {
    await job.stream(format, { signal }).pipeThrough(counted).pipeTo(target, { signal });
  } catch (failure) {
    throw signal?.aborted ? reasonOf(signal) : failure;
  }
  return size;
}

class Sync {
  #native;

  constructor(handle) {
    this.#native = handle;
    this.job = new Job(handle.job());
  }

  async download(path, { format, ...options } = {}) {
    return (await call(() => this.#native.download(String(path), format), options)).total;
  }

  batches({ size = 1000, ...options } = {}) {
    return batches(this.#native, size, options);
  }

  async state(options) {
    return json(this.#native.state(), options);
  }
}

module.exports = { Bulk, Job, Sync };

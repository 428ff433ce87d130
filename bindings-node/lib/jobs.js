'use strict';
// Bulk jobs and incremental pulls: starting them, following them, taking their results.

const { call, json } = require('./call.js');
const { batches, following, valueOf } = require('./streams.js');

class Bulk {
  #native;

  constructor(handle) {
    this.#native = handle;
  }

  async query(statement, { from, to, continueFrom, callbackUrl, callbackPayload, fileName, ...options } = {}) {
    const payload = callbackPayload === undefined ? undefined : JSON.stringify(callbackPayload);
    const given = { from, to, continueFrom, callbackUrl, callbackPayload: payload, fileName };
    return new Job((await call(this.#native.bulkQuery(statement, given), options)).job);
  }

  async download(object, members = {}, options) {
    return new Job((await call(this.#native.bulkDownload(object, JSON.stringify(members)), options)).job);
  }

  async job(id, options) {
    return new Job((await call(this.#native.job(id), options)).job);
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

  statuses({ signal } = {}) {
    return following(this.#native.statuses(), valueOf, { signal });
  }

  async wait({ onProgress, signal } = {}) {
    let last;
    for await (const status of this.statuses({ signal })) {
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

  async *errors({ signal } = {}) {
    for await (const rows of following(this.#native.errors(), valueOf, { signal })) yield* rows;
  }

  async download(target, { format, signal, timeoutMs } = {}) {
    if (typeof target?.getWriter === 'function') {
      let size = 0;
      const counted = new TransformStream({
        transform(chunk, controller) {
          size += chunk.byteLength;
          controller.enqueue(chunk);
        },
      });
      await this.stream(format, { signal }).pipeThrough(counted).pipeTo(target, { signal });
      return size;
    }
    return (await call(this.#native.download(String(target), format), { signal, timeoutMs })).total;
  }

  batches({ size = 1000, signal } = {}) {
    return batches(this.#native, size, signal);
  }

  stream(format = 'csv', { signal } = {}) {
    const handle = this.#native;
    let chunks;
    const close = async () => {
      if (chunks) await call(chunks.close());
    };
    // Pulled, so nothing is read ahead of a slow consumer but one chunk.
    return new ReadableStream(
      {
        async pull(controller) {
          try {
            chunks ??= (await call(handle.stream(format), { signal })).stream;
            const { bytes } = await call(chunks.next(), { signal });
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

class Sync {
  #native;

  constructor(handle) {
    this.#native = handle;
    this.job = new Job(handle.job());
  }

  async download(path, { format, ...options } = {}) {
    return (await call(this.#native.download(String(path), format), options)).total;
  }

  batches({ size = 1000, signal } = {}) {
    return batches(this.#native, size, signal);
  }

  async state(options) {
    return json(this.#native.state(), options);
  }
}

module.exports = { Bulk, Job, Sync };

// The functions of Node's `crypto` that scripts have (spec E 7.57).
(function (native, Buffer) {
  'use strict';
  const bytesOf = (data, encoding) => {
    if (typeof data === 'string') return Buffer.from(data, encoding);
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    throw new TypeError('The "data" argument must be a string or an instance of Buffer, TypedArray or DataView');
  };

  class Hash {
    #parts = [];
    #finish;
    constructor(finish) {
      this.#finish = finish;
    }
    #check() {
      if (!this.#finish) throw new Error('Digest already called');
    }
    update(data, encoding) {
      this.#check();
      this.#parts.push(bytesOf(data, encoding));
      return this;
    }
    digest(encoding) {
      this.#check();
      const digest = Buffer.from(this.#finish(Buffer.concat(this.#parts)).buffer);
      this.#finish = undefined;
      return encoding === undefined || encoding === 'buffer' ? digest : digest.toString(encoding);
    }
    copy() {
      this.#check();
      const copy = new Hash(this.#finish);
      copy.#parts = [...this.#parts];
      return copy;
    }
  }
  const empty = new Uint8Array(0);
  const createHash = (algorithm) => {
    const name = String(algorithm);
    if (!native.digest(name, empty)) throw new Error('Digest method not supported');
    return new Hash((data) => native.digest(name, data));
  };
  const createHmac = (algorithm, key) => {
    const name = String(algorithm);
    const secret = bytesOf(key);
    if (!native.hmac(name, secret, empty)) throw new Error(`Invalid digest: ${name}`);
    return new Hash((data) => native.hmac(name, secret, data));
  };

  // As in Node, a callback gets the result later.
  const randomBytes = (size, callback) => {
    if (typeof size !== 'number') throw new TypeError('The "size" argument must be of type number');
    const bytes = Buffer.from(native.random(size).buffer);
    if (typeof callback !== 'function') return bytes;
    queueMicrotask(() => callback(null, bytes));
  };
  const randomUUID = () => {
    const bytes = Buffer.from(native.random(16).buffer);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
  return { createHash, createHmac, randomBytes, randomUUID };
});

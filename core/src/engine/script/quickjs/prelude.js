// Environment of scripts: a silent console, `CE` and `require` (spec P 9.12). Returns { CE, require, find, load }, where `find`
// returns undefined for a module that these scripts do not have.
(function (native) {
  'use strict';
  Error.stackTraceLimit = 64;

  // Output is discarded.
  const nothing = () => {};
  globalThis.console = new Proxy({}, { get: () => nothing });

  const CE = {
    randomString: native.randomString,
    randomEmail: () => `${native.randomString()}@example.com`,
    md5: (text) => native.md5(String(text)),
    b64: (text) => native.encode64(String(text)),
    decode64: (text) => native.decode64(String(text)),
    hmac: (algorithm) => (encoding) => (secret, text) =>
      native.hmac(String(algorithm), String(encoding), String(secret), String(text)),
    currencyCode: (country) => native.currencyCode(String(country)),
    currencySymbol: (code) => native.currencySymbol(String(code)),
    iso2CountryCode: (country) => native.iso2CountryCode(String(country)),
    iso3CountryCode: (country) => native.iso3CountryCode(String(country)),
  };
  for (const algorithm of ['Md5', 'Sha1', 'Sha224', 'Sha256', 'Sha384', 'Sha512']) {
    for (const encoding of ['Hex', 'Base64']) {
      CE[`hmac${algorithm}${encoding}`] = CE.hmac(algorithm)(encoding);
    }
  }
  // Exists only in tests: a function that cannot be stopped.
  if (native.stall) CE.stall = (millis) => native.stall(String(millis));
  Object.freeze(CE);

  // Libraries are compiled on first use.
  const loaded = Object.create(null);
  const load = (name) => {
    if (!(name in loaded)) {
      const module = { exports: {} };
      native.library(name).call(undefined, module, module.exports, globalThis);
      loaded[name] = name === 'lodash-fp' ? module.exports(load('lodash').runInContext()) : module.exports;
    }
    return loaded[name];
  };
  const parts = [
    'array',
    'collection',
    'date',
    'function',
    'lang',
    'math',
    'number',
    'object',
    'seq',
    'string',
    'util',
  ];
  // `lodash/get` is `_.get`; `lodash/array` and its like are parts of `_`.
  const member = (library, name) => {
    if (name === undefined || parts.includes(name)) return library;
    return Object.hasOwn(library, name) ? library[name] : undefined;
  };
  const network = ['axios', 'http', 'https'];
  const find = (name) => {
    if (name === 'util' || name === 'node:util') return load('util');
    const [lodash, fp, method] = name.match(/^lodash(\/fp)?(?:\/([A-Za-z0-9]+)(?:\.js)?)?$/) ?? [];
    return lodash ? member(load(fp ? 'lodash-fp' : 'lodash'), method) : undefined;
  };
  const require = (wanted) => {
    const name = String(wanted);
    if (network.includes(name.replace(/^node:/, ''))) throw new Error('network access is not available');
    const found = find(name);
    if (found === undefined) throw new Error(`Cannot find module '${name}'`);
    return found;
  };
  return { CE, require, find, load };
});

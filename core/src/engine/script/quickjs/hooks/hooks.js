// Names of the scripts of elements (spec E 7.2, 7.4). Takes native functions and what the prelude made. Returns
// functions for the engine. The names are variables of the global scope, which belongs to this script alone, so that the
// script may assign and redeclare them (spec E 7.4).
(function (native, made) {
  'use strict';
  const { CE, find, load } = made;
  const { defineProperty, hasOwn } = Object;
  const { stringify } = JSON;
  const { apply, get: read, getOwnPropertyDescriptor } = Reflect;
  const Wrapped = Proxy;
  const { toString } = Function.prototype;
  const { toLowerCase, slice } = String.prototype;
  const { push, join, includes } = Array.prototype;
  const text = String;

  const value = (name, value) =>
    defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
  // Creates a variable whose value is made when it is read for the first time.
  const variable = (name, make) => {
    const set = (changed) => value(name, changed);
    const get = () => {
      const first = make();
      set(first);
      return first;
    };
    defineProperty(globalThis, name, { get, set, enumerable: false, configurable: true });
  };

  // Headers are found in any letter case (spec E 7.30).
  const anyCase = (headers) => {
    if (headers === null || typeof headers !== 'object') return headers;
    const lower = (name) => (typeof name === 'string' ? apply(toLowerCase, name, []) : name);
    return new Wrapped(headers, {
      get: (target, name, receiver) => read(target, name in target ? name : lower(name), receiver),
      has: (target, name) => name in target || lower(name) in target,
      getOwnPropertyDescriptor: (target, name) =>
        getOwnPropertyDescriptor(target, hasOwn(target, name) ? name : lower(name)),
    });
  };
  const headers = ['response_headers', 'request_previous_response_headers'];
  // A change of their contents counts (spec E 7.4).
  const maps = ['request_vendor_parameters', 'request_vendor_headers'];
  const given = { __proto__: null };
  const name = (name, index) =>
    variable(name, () => {
      const value = native.value(index);
      if (apply(includes, maps, [name])) given[name] = { value, before: stringify(value) };
      return apply(includes, headers, [name]) ? anyCase(value) : value;
    });
  const contents = () => {
    const changed = { __proto__: null };
    for (let index = 0; index < maps.length; index++) {
      const map = given[maps[index]];
      const now = map && stringify(map.value);
      if (now !== undefined && now !== map.before) changed[maps[index]] = now;
    }
    return changed;
  };

  let isDone = false;
  // Copies what it is given. Code after it may change its values without effect (spec E 7.5, 7.53).
  function done(changes) {
    if (isDone) return;
    isDone = true;
    try {
      native.done(stringify(changes), contents());
    } catch (error) {
      // The script may not hide it.
      native.failed(error);
      throw error;
    }
  }
  value('done', done);

  // Lines for the trace. A value that cannot be shown must not end the script.
  const shown = (value) => {
    if (typeof value === 'string') return value;
    try {
      if (typeof value === 'object' && !(value instanceof Error)) return stringify(value) ?? text(value);
      return text(value);
    } catch {
      return '?';
    }
  };
  const write = (...values) => {
    if (!native.hasRoom()) return;
    const parts = [];
    for (let index = 0; index < values.length; index++) apply(push, parts, [shown(values[index])]);
    native.line(apply(slice, apply(join, parts, [' ']), [0, 1000]));
  };
  const silent = ['assert', 'clear', 'group', 'groupEnd', 'groupCollapsed', 'time', 'timeEnd', 'timeLog'];
  value('print', write);
  value(
    'console',
    new Wrapped(
      {},
      {
        get(_, name) {
          if (typeof name !== 'string' || name === 'then') return undefined;
          return apply(includes, silent, [name]) ? () => {} : write;
        },
      },
    ),
  );

  // Libraries are evaluated when they are read for the first time.
  const once = (make) => {
    let made;
    return () => (made ??= make());
  };
  const web = once(() => native.library('web')(native.web()));
  const buffer = () => load('buffer');
  const modules = {
    __proto__: null,
    buffer,
    crypto: once(() => native.library('crypto')(native.web(), buffer().Buffer)),
    querystring: () => load('querystring'),
    url: once(() => ({ ...load('url'), URL: web().URL, URLSearchParams: web().URLSearchParams })),
    util: () => find('util'),
  };
  variable('Buffer', () => buffer().Buffer);
  for (const name of ['URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder']) variable(name, () => web()[name]);

  let calls;
  const network = ['axios', 'http', 'https'];
  const reach = (name) => {
    if (!native.hasNetwork()) throw new Error('network access is not available');
    calls ??= native.library('http')(native.network(), load('events'), buffer().Buffer, web().URL);
    return calls.modules[name];
  };
  const require = (wanted) => {
    const name = text(wanted);
    const plain = apply(slice, name, [0, 5]) === 'node:' ? apply(slice, name, [5]) : name;
    const isOfNetwork = apply(includes, network, [plain]);
    const found = isOfNetwork ? reach(plain) : plain in modules ? modules[plain]() : find(name);
    if (found === undefined) throw new Error(`The module ${name} is not available`);
    return found;
  };
  value('CE', CE);
  value('require', require);
  // A promise, so that the engine learns of what a job throws.
  const { resolve } = Promise;
  const { then } = Promise.prototype;
  const promise = apply(resolve, Promise, []);
  value('queueMicrotask', (job) => {
    if (typeof job !== 'function') throw new TypeError('not a function');
    apply(then, promise, [() => void job()]);
  });
  value('notify', { email() {} });
  value('getMap', () => ({}));
  value('getArray', () => {
    const array = [];
    const method = (name, value) => defineProperty(array, name, { value, writable: true, configurable: true });
    method('add', (item) => apply(push, array, [item]) > 0);
    method('size', () => array.length);
    method('get', (index) => array[index]);
    return array;
  });

  return {
    name,
    done,
    contents,
    deliver: (id, event) => calls.deliver(id, event),
    // Returns the source of a function.
    source: (value) => (typeof value === 'function' ? apply(toString, value, []) : ''),
  };
});

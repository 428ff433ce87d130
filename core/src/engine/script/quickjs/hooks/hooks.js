// Names of the scripts of elements (spec E 7.2, 7.4). Takes native functions and what the prelude made. Returns
// functions for the engine. The names are variables of the global scope, which belongs to this script alone, so that the
// script may assign and redeclare them (spec E 7.4).
(function (native, made) {
  'use strict';
  const { CE, find, load } = made;
  const { defineProperty } = Object;
  const { parse, stringify } = JSON;
  const { apply } = Reflect;
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
    return new Proxy(headers, {
      get: (target, name, receiver) => Reflect.get(target, name in target ? name : lower(name), receiver),
      has: (target, name) => name in target || lower(name) in target,
    });
  };
  const headers = ['response_headers', 'request_previous_response_headers'];
  // A change of their contents counts (spec E 7.4).
  const maps = ['request_vendor_parameters', 'request_vendor_headers'];
  const given = { __proto__: null };
  const name = (name, index) =>
    variable(name, () => {
      // Integers that a number cannot represent are a BigInt.
      const value = native.isExact(index) ? native.value(index) : parse(native.text(index));
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
    new Proxy({}, {
      get(_, name) {
        if (typeof name !== 'string' || name === 'then') return undefined;
        return apply(includes, silent, [name]) ? () => {} : write;
      },
    }),
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

  const network = ['axios', 'http', 'https'];
  const require = (wanted) => {
    const name = text(wanted);
    const plain = apply(slice, name, [0, 5]) === 'node:' ? apply(slice, name, [5]) : name;
    if (apply(includes, network, [plain])) throw new Error('network access is not available');
    const found = plain in modules ? modules[plain]() : find(name);
    if (found === undefined) throw new Error(`The module ${name} is not available`);
    return found;
  };
  value('CE', CE);
  value('require', require);
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
    // Returns the source of a function.
    source: (value) => (typeof value === 'function' ? apply(toString, value, []) : ''),
  };
});

'use strict';
// Validation of arguments. Each rule takes a name and a value, and returns the value for the native module or throws an
// error with the name. The error contains the type of the value and not the value, which may be a secret.

const { fileURLToPath } = require('node:url');

const { ConfigError } = require('./errors.js');
const { write } = require('./json.js');

function wrong(name, expected, value) {
  return new ConfigError(`${name} must be ${expected}, not ${shown(value)}`);
}

function shown(value) {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  const type = typeof value;
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Checks the options of a call by their rules. An unknown option is an error, since it would be ignored. */
function options(given, rules, name = 'options') {
  if (given === undefined) return {};
  if (!isObject(given)) throw wrong(name, 'an object', given);
  const taken = {};
  for (const [option, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, option)) throw unknown(option, Object.keys(rules));
    if (value !== undefined) taken[option] = rules[option](option, value);
  }
  return taken;
}

function unknown(option, known) {
  const nearest = known
    .map((each) => [distance(option.toLowerCase(), each.toLowerCase()), each])
    .sort(([a], [b]) => a - b)[0];
  const meant = nearest && nearest[0] <= Math.max(2, option.length / 3) ? `Did you mean ${nearest[1]}? ` : '';
  return new ConfigError(`there is no option ${option}`, { hint: `${meant}The options are ${known.join(', ')}.` });
}

/** Returns the number of characters to insert, delete or replace (Levenshtein). */
function distance(one, other) {
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const line = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const replaced = above[at - 1] + (one[row - 1] === other[at - 1] ? 0 : 1);
      line.push(Math.min(replaced, above[at] + 1, line[at - 1] + 1));
    }
    above = line;
  }
  return above[other.length];
}

function text(name, value) {
  if (typeof value !== 'string') throw wrong(name, 'a string', value);
  return value;
}

/** A non-empty string. */
function filled(name, value) {
  if (text(name, value) === '') throw new ConfigError(`${name} must not be empty`);
  return value;
}

function flag(name, value) {
  if (typeof value !== 'boolean') throw wrong(name, 'true or false', value);
  return value;
}

function whole(least, most = Number.MAX_SAFE_INTEGER, unit = '') {
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  return (name, value) => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    const expected = `a whole number${unit}, ${range}`;
    if (typeof value === 'number') throw new ConfigError(`${name} must be ${expected}, not ${value}`);
    throw wrong(name, expected, value);
  };
}

const milliseconds = whole(0, undefined, ' of milliseconds');

function count(name, value) {
  return value === Infinity ? value : whole(0)(name, value);
}

/** An id, as a string. Ids that a number cannot hold are bigints or, with `integers: 'text'`, strings. */
function id(name, value) {
  const large = typeof value === 'string' && /^[1-9]\d{15,18}$/.test(value) && !Number.isSafeInteger(Number(value));
  if ((Number.isSafeInteger(value) && value >= 0) || (typeof value === 'bigint' && value >= 0n) || large)
    return String(value);
  throw wrong(name, 'an id, a whole number', value);
}

/** The id of a record, as a string: those of vendors are numbers or texts. */
function recordId(name, value) {
  return typeof value === 'string' ? value : id(name, value);
}

/** Bytes. */
function bytes(name, value) {
  if (value instanceof Uint8Array) return value;
  throw wrong(name, 'a Uint8Array', value);
}

/** An object, as JSON. */
function object(name, value) {
  if (!isObject(value)) throw wrong(name, 'an object', value);
  return json(name, value);
}

function oneOf(...words) {
  const all = words.map((word) => `'${word}'`).join(' or ');
  return (name, value) => {
    if (words.includes(value)) return value;
    throw typeof value === 'string'
      ? new ConfigError(`${name} must be ${all}, not '${value}'`)
      : wrong(name, all, value);
  };
}

function texts(name, value) {
  if (!Array.isArray(value)) throw wrong(name, 'an array of strings', value);
  return value.map((each, at) => text(`${name}[${at}]`, each));
}

/** A string, number or boolean, as a string. */
function scalar(name, value) {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Number.isFinite(value)) return String(value);
  throw wrong(name, 'a string, a finite number or a boolean', value);
}

/** An object of strings, numbers and booleans, as strings. */
function scalars(name, value) {
  if (!isObject(value)) throw wrong(name, 'an object', value);
  const given = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(given.map(([key, each]) => [key, scalar(`${name}.${key}`, each)]));
}

/** HTTP headers, as alternating names and values. */
function headers(name, value) {
  if (!isObject(value) && !Array.isArray(value)) throw wrong(name, 'an object, an array of pairs or Headers', value);
  try {
    return [...new Headers(value)].flat();
  } catch (cause) {
    throw new ConfigError(`${name} has a name or a value that cannot be sent`, { cause });
  }
}

function json(name, value) {
  const written = write(name, value);
  if (written === undefined) throw wrong(name, 'a JSON value', value);
  return written;
}

/** A value that JSON can express, as it is. */
function document(name, value) {
  json(name, value);
  return value;
}

/** A path in the file system: a string, or a `file:` URL. */
function file(name, value) {
  if (!(value instanceof URL))
    return typeof value === 'string' ? filled(name, value) : raise(wrong(name, 'a path or a file: URL', value));
  try {
    return fileURLToPath(value);
  } catch (cause) {
    throw new ConfigError(`${name} must be a path or a file: URL, not a URL of another kind`, { cause });
  }
}

/** One path or several. */
function files(name, value) {
  return Array.isArray(value) ? value.map((each, at) => file(`${name}[${at}]`, each)) : file(name, value);
}

function raise(error) {
  throw error;
}

function signal(name, value) {
  if (value instanceof AbortSignal) return value;
  throw wrong(name, 'an AbortSignal', value);
}

function logger(name, value) {
  if (!isObject(value)) throw wrong(name, 'an object with functions such as info and warn', value);
  for (const level of ['error', 'warn', 'info', 'debug']) {
    if (value[level] !== undefined && typeof value[level] !== 'function')
      throw wrong(`${name}.${level}`, 'a function', value[level]);
  }
  return value;
}

function callback(name, value) {
  if (typeof value !== 'function') throw wrong(name, 'a function', value);
  return value;
}

/** Options of every call. */
const CALL = { signal, timeoutMs: milliseconds };

/** `auto` or `manual`, as a boolean. */
function workers(name, value) {
  return oneOf('auto', 'manual')(name, value) === 'auto';
}

/** Policy for warnings of the platform. */
const warnings = oneOf('report', 'deny', 'ignore');

module.exports = {
  CALL,
  bytes,
  callback,
  count,
  document,
  file,
  files,
  filled,
  flag,
  headers,
  id,
  isObject,
  json,
  logger,
  milliseconds,
  object,
  oneOf,
  options,
  recordId,
  scalar,
  scalars,
  signal,
  text,
  texts,
  warnings,
  whole,
  workers,
  wrong,
};

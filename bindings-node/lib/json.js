'use strict';
// JSON with integers that a JavaScript number cannot hold.

const { randomBytes } = require('node:crypto');

const { ConfigError } = require('./errors.js');

/** Prefix of an integer inside a string while JSON is read or written. Secret and random, so no other string has it. */
const MARK = randomBytes(16).toString('hex');
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/** Matches a string, or an integer of 16 digits or more. The smallest integer that a double cannot hold has 16. */
const STRING_OR_LARGE = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d{16,}(?![\d.eE])/g;

/** Conversion of an integer beyond 2^53, by the option `integers`. */
const KINDS = { bigint: BigInt, text: String, number: Number };

/** Converts one integer of any size. */
function integer(digits, kind) {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : KINDS[kind](digits);
}

/** Parses JSON. Integers that a number cannot hold have the selected type. */
function read(text, kind) {
  if (kind === 'number' || !hasLongRun(text)) return JSON.parse(text);
  let found = false;
  const marked = text.replace(STRING_OR_LARGE, (part) => {
    if (part[0] === '"' || Number.isSafeInteger(Number(part))) return part;
    found = true;
    return `"${MARK}${part}"`;
  });
  if (!found) return JSON.parse(text);
  const reviver = (_, value) =>
    typeof value === 'string' && value.startsWith(MARK) ? integer(value.slice(MARK.length), kind) : value;
  return JSON.parse(marked, reviver);
}

/** Returns whether 16 consecutive digits occur. Every such run covers a position that is a multiple of 16. */
function hasLongRun(text) {
  for (let at = 15; at < text.length; at += 16) {
    if (!isDigit(text, at)) continue;
    let [first, last] = [at, at];
    while (first > 0 && isDigit(text, first - 1)) first -= 1;
    while (isDigit(text, last + 1)) last += 1;
    if (last - first >= 15) return true;
  }
  return false;
}

function isDigit(text, at) {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/** Returns a value as JSON, bigints as numbers; `undefined` if JSON cannot express it. */
function write(name, value) {
  let found = false;
  // Read from its holder, since a program may have defined toJSON() of BigInt.
  function replacer(key, each) {
    if (typeof this[key] !== 'bigint') return each;
    found = true;
    return `${MARK}${this[key]}`;
  }
  try {
    const text = JSON.stringify(value, replacer);
    return found ? text.replace(MARKED, '$1') : text;
  } catch (cause) {
    throw new ConfigError(`${name} cannot be written as JSON`, { cause });
  }
}

module.exports = { KINDS, integer, read, write };

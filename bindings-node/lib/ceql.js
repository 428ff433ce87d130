'use strict';
// Conditions in CEQL; the native module quotes names and values.

const native = require('./native.js');
const check = require('./check.js');
const { ConfigError } = require('./errors.js');

class Expression {
  #text;

  constructor(text) {
    this.#text = text;
  }

  toString() {
    return this.#text;
  }

  and(other) {
    return new Expression(`(${this}) AND (${expression('other', other)})`);
  }

  or(other) {
    return new Expression(`(${this}) OR (${expression('other', other)})`);
  }

  not() {
    return new Expression(`NOT (${this})`);
  }
}

class Field {
  #name;

  constructor(name) {
    this.#name = native.ceqlField(check.filled('name', name));
  }

  #compare(operator, value) {
    return new Expression(`${this.#name} ${operator} ${literal('value', value)}`);
  }

  eq(value) {
    return value === null ? this.isNull() : this.#compare('=', value);
  }

  ne(value) {
    return value === null ? this.isNotNull() : this.#compare('!=', value);
  }

  lt(value) {
    return this.#compare('<', value);
  }

  le(value) {
    return this.#compare('<=', value);
  }

  gt(value) {
    return this.#compare('>', value);
  }

  ge(value) {
    return this.#compare('>=', value);
  }

  like(pattern) {
    return this.#compare('LIKE', check.text('pattern', pattern));
  }

  in(values) {
    if (!Array.isArray(values)) throw check.wrong('values', 'an array', values);
    return new Expression(`${this.#name} IN (${list('values', values)})`);
  }

  isNull() {
    return new Expression(`${this.#name} IS NULL`);
  }

  isNotNull() {
    return new Expression(`${this.#name} IS NOT NULL`);
  }
}

function field(name) {
  return new Field(name);
}

/** Builds a condition from a template whose values are quoted: ceql`email = ${email} AND id IN (${ids})`. */
function ceql(parts, ...values) {
  if (!Array.isArray(parts)) throw check.wrong('ceql', 'the tag of a template', parts);
  const texts = values.map((value, at) => {
    const name = `value ${at + 1} of the template`;
    if (value instanceof Expression) return `(${value})`;
    if (value === null) return 'null';
    return Array.isArray(value) ? list(name, value) : literal(name, value);
  });
  return new Expression(parts.reduce((text, part, index) => text + texts[index - 1] + part));
}

function expression(name, value) {
  if (!(value instanceof Expression)) throw check.wrong(name, 'an Expression', value);
  return value;
}

function list(name, values) {
  if (values.length === 0) throw new ConfigError(`${name} must have at least one value`);
  return values.map((value, at) => literal(`${name}[${at}]`, value)).join(', ');
}

function literal(name, value) {
  if (value instanceof Date && !Number.isNaN(value.getTime()))
    return native.ceqlText(value.toISOString().replace('.000Z', 'Z'));
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) break;
      return String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'string':
      return native.ceqlText(value);
  }
  if (value instanceof Date) throw new ConfigError(`${name} must be a valid date`);
  throw check.wrong(name, 'a string, a finite number, a bigint, a boolean or a Date', value);
}

module.exports = { Expression, Field, ceql, field };

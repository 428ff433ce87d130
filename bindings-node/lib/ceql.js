'use strict';
// Conditions in CEQL with everything quoted as it must be; how, the native module knows.

const native = require('./native.js');

class Expression {
  #text;

  constructor(text) {
    this.#text = text;
  }

  toString() {
    return this.#text;
  }

  and(other) {
    return new Expression(`(${this}) AND (${other})`);
  }

  or(other) {
    return new Expression(`(${this}) OR (${other})`);
  }

  not() {
    return new Expression(`NOT (${this})`);
  }
}

class Field {
  #name;

  constructor(name) {
    this.#name = native.ceqlField(name);
  }

  #compare(operator, value) {
    return new Expression(`${this.#name} ${operator} ${literal(value)}`);
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
    return this.#compare('LIKE', pattern);
  }

  in(values) {
    if (values.length === 0) throw new TypeError('in() needs at least one value');
    return new Expression(`${this.#name} IN (${values.map(literal).join(', ')})`);
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

/** A template whose values are quoted: ceql`email = ${email} AND id IN (${ids})`. */
function ceql(parts, ...values) {
  const texts = values.map((value) => (Array.isArray(value) ? value.map(literal).join(', ') : literal(value)));
  return new Expression(parts.reduce((text, part, index) => text + texts[index - 1] + part));
}

function literal(value) {
  if (value instanceof Expression) return `(${value})`;
  if (value === null) return 'null';
  if (value instanceof Date) return native.ceqlText(value.toISOString().replace('.000Z', 'Z'));
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
  throw new TypeError(`a condition cannot hold ${String(value)}`);
}

module.exports = { Expression, Field, ceql, field };

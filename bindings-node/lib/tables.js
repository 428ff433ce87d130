'use strict';
// Options that are described by the tables of core.

const { write } = require('./json.js');

/** The rules of a table of options. */
function rules(table) {
  return Object.fromEntries(Object.entries(table).map(([option, [, rule]]) => [option, rule]));
}

/** Options as JSON, by their names in core. */
function json(taken, table, more = {}) {
  const named = Object.entries(taken).map(([option, value]) => [table[option][0], value]);
  return write('options', { ...more, ...Object.fromEntries(named) });
}

module.exports = { json, rules };

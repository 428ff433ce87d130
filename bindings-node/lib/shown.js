'use strict';
// Objects as `console.log` and `util.inspect` show them: what they are, without calls and without secrets.

const { inspect } = require('node:util');

/** Returns an object as text: its class, what identifies it, and what is known of it. */
function shown(title, known, depth, options, print = inspect) {
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined && value !== null));
  if (Object.keys(given).length === 0) return title;
  return depth < 0 ? `[${title}]` : `${title} ${print(given, options)}`;
}

module.exports = { INSPECT: inspect.custom, shown };

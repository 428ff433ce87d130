#!/usr/bin/env node
'use strict';
// The `elementkit` command, as the package brings it along.

const native = require('../lib/native.js');

// Node's own handlers stay in the way of those of the command: they would run after each of its own, and raise the signal again.
// To listen and to stop gives signals back their default action.
for (const signal of ['SIGINT', 'SIGTERM']) {
  const listener = () => {};
  process.on(signal, listener).off(signal, listener);
}
process.exitCode = native.runCommand(['elementkit', ...process.argv.slice(2)]);

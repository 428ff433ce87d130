#!/usr/bin/env node
'use strict';
// The `elementkit` command, as the package includes it.

const native = require('../lib/native.js');

// Node's handlers interfere with those of the command: they would run after them and raise the signal again. Adding and
// removing a listener restores the default action of the signal.
for (const signal of ['SIGINT', 'SIGTERM']) {
  const listener = () => {};
  process.on(signal, listener).off(signal, listener);
}
process.exitCode = native.runCommand(['elementkit', ...process.argv.slice(2)]);

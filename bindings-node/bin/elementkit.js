#!/usr/bin/env node
'use strict';
// The `elementkit` command, as the package brings it along.

const native = require('../lib/native.js');

process.exitCode = native.runCommand(['elementkit', ...process.argv.slice(2)]);

'use strict';
// Loads the native module, and says why when it cannot.

const path = require('node:path');

function load() {
  const file = process.env.ELEMENTKIT_NATIVE ?? path.join(__dirname, '..', 'elementkit.node');
  try {
    return require(file);
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    throw new Error(`elementkit: the native module for ${platform} cannot be loaded: ${cause.message}`, { cause });
  }
}

module.exports = load();

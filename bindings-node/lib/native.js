'use strict';
// Loads the native module, or explains why that fails.

const { existsSync } = require('node:fs');
const path = require('node:path');

/** The platform, as in the names of the packages with the native module. */
function target() {
  const { platform, arch } = process;
  if (platform === 'win32') return `${platform}-${arch}-msvc`;
  return platform === 'linux' ? `${platform}-${arch}-${libc()}` : `${platform}-${arch}`;
}

function libc() {
  // Without this the report looks up the names of all network addresses.
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl';
}

const BUILT = path.join(__dirname, '..', 'elementkit.node');

/** Returns the module that the environment names, one that was built here, or the package of the platform. */
function where() {
  return process.env.ELEMENTKIT_NATIVE || (existsSync(BUILT) ? BUILT : `@elementkit/${target()}`);
}

/**
 * Loads the module. Bundlers and file tracers find only literal names, and bundlers tolerate a missing package only
 * inside `try`.
 */
function load() {
  const name = where();
  try {
    switch (name) {
      case BUILT:
        return require('../elementkit.node');
      case '@elementkit/darwin-arm64':
        return require('@elementkit/darwin-arm64');
      case '@elementkit/darwin-x64':
        return require('@elementkit/darwin-x64');
      case '@elementkit/linux-arm64-gnu':
        return require('@elementkit/linux-arm64-gnu');
      case '@elementkit/linux-arm64-musl':
        return require('@elementkit/linux-arm64-musl');
      case '@elementkit/linux-x64-gnu':
        return require('@elementkit/linux-x64-gnu');
      case '@elementkit/linux-x64-musl':
        return require('@elementkit/linux-x64-musl');
      case '@elementkit/win32-x64-msvc':
        return require('@elementkit/win32-x64-msvc');
      default:
        // A file that the environment names, or a platform without a package.
        return require(name);
    }
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const missing = cause.code === 'MODULE_NOT_FOUND' && name.startsWith('@');
    const hint = missing
      ? ` Is ${platform} served, and were optional dependencies installed (no --omit=optional)?`
      : '';
    throw new Error(
      `elementkit: the native module ${name} for ${platform} cannot be loaded: ${cause.message}.${hint}`,
      { cause },
    );
  }
}

module.exports = load();

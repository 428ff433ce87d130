'use strict';
// Loads the native module, and says why when it cannot.

const { existsSync } = require('node:fs');
const path = require('node:path');

/** The platform as the packages with the native module name it. */
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

/** One that is named, one that was built here, or the package of the platform. */
function where() {
  const built = path.join(__dirname, '..', 'elementkit.node');
  return process.env.ELEMENTKIT_NATIVE ?? (existsSync(built) ? built : `@elementkit/${target()}`);
}

function load() {
  const file = where();
  try {
    return require(file);
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const missing = cause.code === 'MODULE_NOT_FOUND' && file.startsWith('@');
    const hint = missing ? ` Is ${platform} served, and were optional dependencies installed (no --omit=optional)?` : '';
    throw new Error(`elementkit: the native module ${file} for ${platform} cannot be loaded: ${cause.message}.${hint}`, { cause });
  }
}

module.exports = load();

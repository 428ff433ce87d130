'use strict';
// Loads the native module, and says why when it cannot.

const { existsSync } = require('node:fs');
const path = require('node:path');

/** The packages with the native module. The names are literal, so that bundlers and file tracers find them. */
const PACKAGES = {
  'darwin-arm64': () => require('@elementkit/darwin-arm64'),
  'darwin-x64': () => require('@elementkit/darwin-x64'),
  'linux-arm64-gnu': () => require('@elementkit/linux-arm64-gnu'),
  'linux-arm64-musl': () => require('@elementkit/linux-arm64-musl'),
  'linux-x64-gnu': () => require('@elementkit/linux-x64-gnu'),
  'linux-x64-musl': () => require('@elementkit/linux-x64-musl'),
  'win32-x64-msvc': () => require('@elementkit/win32-x64-msvc'),
};

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

const BUILT = path.join(__dirname, '..', 'elementkit.node');

/** One that is named, one that was built here, or the package of the platform: its name, and how to load it. */
function found() {
  const named = process.env.ELEMENTKIT_NATIVE;
  if (named) return [named, () => require(named)];
  if (existsSync(BUILT)) return [BUILT, loadBuilt];
  const name = target();
  return [`@elementkit/${name}`, PACKAGES[name] ?? unserved(name)];
}

function loadBuilt() {
  // Bundlers tolerate a file that is not there only inside `try`.
  try {
    return require('../elementkit.node');
  } catch (error) {
    throw error;
  }
}

function unserved(name) {
  return () => {
    throw new Error(`there is none for ${name}; there are ${Object.keys(PACKAGES).join(', ')}`);
  };
}

function load() {
  const [name, make] = found();
  try {
    return make();
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const missing = cause.code === 'MODULE_NOT_FOUND' && name.startsWith('@');
    const hint = missing ? ` Were optional dependencies installed (no --omit=optional), and for this platform?` : '';
    throw new Error(`elementkit: the native module ${name} for ${platform} cannot be loaded: ${cause.message}.${hint}`, { cause });
  }
}

module.exports = load();

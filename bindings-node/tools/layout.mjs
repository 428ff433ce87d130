// Lays out the published packages: `elementkit` without a native module, and one package per platform with it.
// usage: node tools/layout.mjs OUT [TARGET=FILE…]      TARGET for instance linux-x64-gnu, FILE its elementkit.node
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Fields by which npm selects a package. */
const TARGETS = {
  'linux-x64-gnu': { os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
  'linux-arm64-gnu': { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  'linux-x64-musl': { os: ['linux'], cpu: ['x64'], libc: ['musl'] },
  'linux-arm64-musl': { os: ['linux'], cpu: ['arm64'], libc: ['musl'] },
  'darwin-x64': { os: ['darwin'], cpu: ['x64'] },
  'darwin-arm64': { os: ['darwin'], cpu: ['arm64'] },
  'win32-x64-msvc': { os: ['win32'], cpu: ['x64'] },
};
const NATIVE = 'elementkit.node';

const [out, ...built] = process.argv.slice(2);
if (!out) throw new Error('usage: node tools/layout.mjs OUT [TARGET=FILE…]');
const source = fileURLToPath(new URL('..', import.meta.url));
const { scripts, devDependencies, ...main } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'));
const nameOf = (target) => `@elementkit/${target}`;

// Bundlers and file tracers find only literal names in the loader.
const loader = readFileSync(path.join(source, 'lib/native.js'), 'utf8');
for (const target of Object.keys(TARGETS)) {
  if (!loader.includes(`require('${nameOf(target)}')`))
    throw new Error(`lib/native.js does not load ${nameOf(target)}`);
}

function writePackage(folder, description) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  copyFileSync(path.join(source, 'LICENSE'), path.join(folder, 'LICENSE'));
}

const folder = path.join(out, 'elementkit');
const files = main.files.filter((file) => file !== NATIVE);
const packages = Object.keys(TARGETS).map((target) => [nameOf(target), main.version]);
writePackage(folder, { ...main, files, optionalDependencies: Object.fromEntries(packages) });
for (const file of files) cpSync(path.join(source, file), path.join(folder, file), { recursive: true });

const binaries = Object.fromEntries(built.map((each) => each.split('=')));
for (const target of Object.keys(binaries)) {
  if (!(target in TARGETS)) throw new Error(`no such target: ${target}; there are ${Object.keys(TARGETS).join(', ')}`);
}
for (const [target, platform] of Object.entries(TARGETS)) {
  const { version, license, author, homepage, bugs, repository, publishConfig, engines } = main;
  const description = `The native module of elementkit for ${target}.`;
  const own = path.join(out, target);
  writePackage(own, {
    name: nameOf(target),
    version,
    description,
    license,
    author,
    homepage,
    bugs,
    repository,
    publishConfig,
    engines,
    ...platform,
    main: NATIVE,
    files: [NATIVE, 'LICENSE'],
  });
  if (binaries[target]) copyFileSync(binaries[target], path.join(own, NATIVE));
}

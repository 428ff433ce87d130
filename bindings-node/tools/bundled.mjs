// Tests the installed package with file tracers and bundlers: each result runs in a separate folder, without the
// project.
// usage: node bundled.mjs PROJECT        with `elementkit` installed in PROJECT, and the tools in
// bindings-node/node_modules
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const require = createRequire(new URL('../package.json', import.meta.url));
const { nodeFileTrace } = require('@vercel/nft');
const esbuild = require('esbuild');

const project = path.resolve(process.argv[2]);
const work = mkdtempSync(path.join(tmpdir(), 'elementkit-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));

const PROGRAM = `import { Platform } from 'elementkit';
const platform = await Platform.embedded(process.argv[2]);
console.log((await platform.elements())[0].key);
await platform.close();
`;
const entry = path.join(project, 'entry.mjs');
writeFileSync(entry, PROGRAM);

/** Runs a program in a folder without other packages. */
function runs(program, what) {
  const printed = execFileSync(process.execPath, [program, path.join(path.dirname(program), 'test.db')], {
    encoding: 'utf8',
  });
  assert.equal(printed, 'brighttalk\n', what);
}

// Vercel's tracer, which Next.js and packagers for Lambda use.
const { fileList } = await nodeFileTrace([entry], { base: project });
const traced = path.join(work, 'traced');
for (const file of fileList) cpSync(path.join(project, file), path.join(traced, file));
runs(path.join(traced, 'entry.mjs'), 'traced files');

// A bundle without the package, as in the README.
const options = { entryPoints: [entry], bundle: true, platform: 'node', logLevel: 'error' };
const external = path.join(work, 'external');
await esbuild.build({ ...options, external: ['elementkit'], format: 'esm', outfile: path.join(external, 'main.mjs') });
cpSync(path.join(project, 'node_modules'), path.join(external, 'node_modules'), { recursive: true });
runs(path.join(external, 'main.mjs'), 'external');

// A bundle with the package in it, and the native module beside it.
const inside = path.join(work, 'inside');
mkdirSync(inside);
const program = `import('elementkit').then(async ({ Platform }) => {${PROGRAM.replace(/^import.*\n/, '')}});`;
writeFileSync(entry, program);
await esbuild.build({ ...options, format: 'cjs', loader: { '.node': 'copy' }, outfile: path.join(inside, 'main.cjs') });
assert.ok(
  readdirSync(inside).some((file) => file.endsWith('.node')),
  'the native module is beside the bundle',
);
runs(path.join(inside, 'main.cjs'), 'inside');
console.log('traced and bundled');

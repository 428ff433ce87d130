// Writes the first example of the README as programs in TypeScript, one for each module system, with a sandbox as the
// vendor. usage: node tools/readme.mjs FOLDER
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [example] = /```js\n(.*?)```/s.exec(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).slice(1);
const sandboxed = example.replace(
  /embedded\('(\w+)\.db'\)/,
  "embedded(process.argv[2] ?? '$1.db', { brighttalkUrl: process.env.ELEMENTKIT_BRIGHTTALK_URL! })",
);
if (sandboxed === example) throw new Error('the example opens no database');
writeFileSync(path.join(process.argv[2], 'module.mts'), sandboxed);
// CommonJS has no top-level await.
const [, head, body] = /^((?:import [^\n]*\n)+)(.*)$/s.exec(sandboxed);
writeFileSync(
  path.join(process.argv[2], 'common.cts'),
  `${head}async function main(): Promise<void> {\n${body}}\nvoid main();\n`,
);

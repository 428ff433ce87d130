// Writes the example of the README that writes records as a program for the testbed, which TESTBED describes.
// usage: node tools/written.mjs FILE
import { readFileSync, writeFileSync } from 'node:fs';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = [...readme.matchAll(/```js\n(.*?)```/gs)]
  .map(([, code]) => code)
  .find((code) => code.includes('.create('));
if (!example?.includes("'acme'")) throw new Error('there is no example that writes');
writeFileSync(
  process.argv[2],
  `import { LoopbackCallback, Platform } from 'elementkit';
const { baseUrl, user, organization, token, clientId: apiKey, clientSecret: apiSecret } = JSON.parse(process.env.TESTBED);
const platform = Platform.hosted({ baseUrl, userSecret: user, organizationSecret: organization });
const open = (url) => void fetch(url);
const names = ['Acme 1', 'Acme 2'];
const configuration = { 'testbed.access.token': token };
const first = await platform.instances.create({ element: 'testbed', name: 'x', configuration });
const other = await first.records('accounts').create({ name: 'Other' });
${example.replaceAll("'acme'", "'testbedUser'")}
if (answer.json().account.employees !== 12) throw new Error(JSON.stringify(answer.json()));
if (recordsFailedCount !== 0) throw new Error('records failed: ' + recordsFailedCount);
await platform.close();
`,
);

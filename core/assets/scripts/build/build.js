// Bundles what scripts may `require`, with licences, and the table of countries and currencies behind `CE`.
import { build } from 'esbuild';
import countries from 'i18n-iso-countries';
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import { readFileSync, writeFileSync } from 'node:fs';
import { countries as list } from 'countries-list';

const out = (name) => new URL(`../${name}`, import.meta.url).pathname;
const used = new Set(['lodash', 'countries-list', 'i18n-iso-countries']);

async function bundle(name, contents, banner = '') {
  const result = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'neutral',
    mainFields: ['browser', 'main'],
    target: 'es2020',
    legalComments: 'none',
    banner: { js: banner },
    metafile: true,
    outfile: out(name),
  });
  for (const input of Object.keys(result.metafile.inputs)) {
    const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/);
    if (found) used.add(found[1]);
  }
}

writeFileSync(out('lodash.js'), readFileSync('node_modules/lodash/lodash.min.js'));
await bundle('lodash-fp.js', "module.exports = (_) => require('lodash/fp/_baseConvert')(_, _);");
await bundle(
  'util.js',
  "module.exports = require('util');",
  'var process={env:{},pid:0,noDeprecation:true,nextTick:(f,...a)=>{Promise.resolve().then(()=>f(...a))}};',
);

const licences = [...used].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`));
  const file = ['LICENSE', 'LICENSE.md', 'license', 'LICENCE'].find((file) => {
    try {
      readFileSync(`${folder}/${file}`);
      return true;
    } catch {
      return false;
    }
  });
  if (!file) throw new Error(`${name} has no licence file`);
  return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
});
writeFileSync(out('LICENSES.txt'), licences.join('\n' + '-'.repeat(80) + '\n\n'));

// iso2, iso3, currency and names of each country; `=` and code and symbol of each currency.
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[’‘]/g, "'");
const rows = Object.entries(english.countries)
  .sort()
  .map(([iso2, names]) => {
    const all = [names, list[iso2]?.name ?? []].flat();
    const unique = [...new Set(all.flatMap((name) => [name, plain(name)]).map((name) => name.toLowerCase()))];
    return [iso2, countries.alpha2ToAlpha3(iso2), list[iso2]?.currency[0] ?? '', ...unique].join('\t');
  });
const codes = new Set(Intl.supportedValuesOf('currency'));
for (const country of Object.values(list)) country.currency.forEach((code) => codes.add(code));
const symbols = [...codes].sort().map((currency) => {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
  return `=\t${currency}\t${format.formatToParts(1).find((part) => part.type === 'currency').value}`;
});
writeFileSync(out('countries.tsv'), [...rows, ...symbols].join('\n') + '\n');

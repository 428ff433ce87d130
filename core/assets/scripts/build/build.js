// Bundles what scripts may `require`, with licences, and the table of countries and currencies behind `CE`.
import { build } from 'esbuild';
import countries from 'i18n-iso-countries';
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import { readFileSync, writeFileSync } from 'node:fs';
import { countries as list } from 'countries-list';

const out = (name) => new URL(`../${name}`, import.meta.url).pathname;
const used = new Set(['lodash', 'countries-list', 'i18n-iso-countries']);

async function bundle(name, contents, { banner = '', plugins = [] } = {}) {
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
    plugins,
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
await bundle('util.js', "module.exports = require('util');", {
  banner: 'var process={env:{},pid:0,noDeprecation:true,nextTick:(f,...a)=>{Promise.resolve().then(()=>f(...a))}};',
});
// `base64url` is younger than the package.
await bundle(
  'buffer.js',
  `const { Buffer, kMaxLength } = require('buffer/');
  const isUrl = (encoding) => /^base64url$/i.test(encoding);
  const { from, isEncoding, byteLength } = Buffer;
  const { toString } = Buffer.prototype;
  Buffer.from = (value, encoding, length) => from(value, isUrl(encoding) ? 'base64' : encoding, length);
  Buffer.isEncoding = (encoding) => isUrl(encoding) || isEncoding(encoding);
  Buffer.byteLength = (value, encoding) => byteLength(value, isUrl(encoding) ? 'base64' : encoding);
  Buffer.prototype.toString = function (encoding, start, end) {
    if (!isUrl(encoding)) return toString.apply(this, arguments);
    const text = toString.call(this, 'base64', start, end);
    return text.replace(/=+$/, '').replace(/[+]/g, '-').replace(/[/]/g, '_');
  };
  module.exports = { Buffer, kMaxLength, constants: { MAX_LENGTH: kMaxLength }, atob, btoa };`,
);
await bundle(
  'querystring.js',
  `const { parse, stringify } = require('querystring-es3');
  const unescape = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  module.exports = {
    parse, stringify, decode: parse, encode: stringify, escape: (text) => encodeURIComponent(text), unescape,
  };`,
);
await bundle('events.js', "module.exports = require('events/');");
// Of `qs`, which is large, the package needs what `querystring` has.
const query = {
  name: 'query',
  setup(build) {
    build.onResolve({ filter: /^qs$/ }, () => ({ path: 'qs', namespace: 'query' }));
    build.onLoad({ filter: /.*/, namespace: 'query' }, () => ({
      contents: `const { parse, stringify } = require('querystring-es3');
        module.exports = { parse: (text) => parse(text), stringify: (query) => stringify(query) };`,
      resolveDir: import.meta.dirname,
    }));
  },
};
await bundle('url.js', "module.exports = require('url/');", { plugins: [query] });

const licences = [...used].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`));
  const file = ['LICENSE', 'LICENSE.md', 'license', 'LICENCE', 'LICENSE-MIT.txt', 'License.md'].find((file) => {
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

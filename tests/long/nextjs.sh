#!/usr/bin/env bash
# Serves a standalone build of Next.js with the packed npm package, in a folder without the project.
# usage: tests/long/nextjs.sh        requires one run of `./test node`, and the npm registry
set -euo pipefail
cd "$(dirname "$0")/../../bindings-node"
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
target=$(node -p '`${process.platform}-${process.arch}${process.report.getReport().header.glibcVersionRuntime ? "-gnu" : "-musl"}`')
node tools/layout.mjs "$work/layout" "$target=elementkit.node"
tarballs=()
for each in elementkit "$target"; do
  tarballs+=("$work/$(cd "$work/layout/$each" && npm pack --silent --pack-destination "$work")")
done
mkdir -p "$work/site/app/elements"
cd "$work/site"
echo '{ "name": "site", "private": true, "version": "1.0.0" }' > package.json
echo "export default { output: 'standalone', serverExternalPackages: ['elementkit'] };" > next.config.mjs
echo 'export default ({ children }) => <html><body>{children}</body></html>;' > app/layout.js
echo 'export default () => <p>up</p>;' > app/page.js
cat > app/elements/route.js <<'END'
import { Platform } from 'elementkit';

export const dynamic = 'force-dynamic';

export async function GET() {
  const platform = await Platform.embedded(process.env.ELEMENTKIT_DATABASE);
  try {
    return Response.json(await platform.elements());
  } finally {
    await platform.close();
  }
}
END
npm install --silent --no-audit --no-fund --cache "${ELEMENTKIT_CACHE:-$OLDPWD/../.cache}/npm" next@16 react@19 react-dom@19 "${tarballs[@]}"
NEXT_TELEMETRY_DISABLED=1 npx --no-install next build > "$work/build" 2>&1 || { cat "$work/build"; exit 1; }
mv .next/standalone "$work/served"
cd "$work/served"
rm -rf "$work/site"
PORT=$(node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
export PORT HOSTNAME=127.0.0.1 ELEMENTKIT_DATABASE=$work/site.db
node server.js > "$work/log" 2>&1 &
for _ in $(seq 300); do
  if curl --silent --fail "http://127.0.0.1:$PORT/elements" > "$work/elements"; then break; fi
  sleep 0.1
done
grep -q '"key":"brighttalk"' "$work/elements" || { cat "$work/log"; exit 1; }
echo "a standalone build of Next.js serves"

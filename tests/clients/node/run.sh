#!/usr/bin/env bash
# Generates the types of a TypeScript client out of the document of a served engine, checks the program that uses them, and
# runs client scenarios with it.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
export ELEMENTKIT
root=$PWD
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$work"' EXIT
. tests/clients/document.sh
cd tests/clients/node
npm ci --silent --no-audit --no-fund --cache "$ELEMENTKIT_CACHE/npm"
npx --no-install openapi-typescript "$work/openapi.json" --output "$work/api.d.ts" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cp run.ts "$work/"
ln -s "$PWD/node_modules" "$work/node_modules"
printf '{"type": "module"}\n' > "$work/package.json"
npx --no-install tsc --strict --noUncheckedIndexedAccess --skipLibCheck --target ES2022 --module NodeNext --types node \
  --outDir "$work/built" "$work/run.ts"
cp "$work/package.json" "$work/built/"
ln -s "$PWD/node_modules" "$work/built/node_modules"
node "$work/built/run.js" "$root"

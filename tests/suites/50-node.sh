# The npm package: all client scenarios, types, conventions, and the packed tarballs in an empty project.
set -euo pipefail
. tests/suites/common.sh
. docs/snippets/run.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v npm >/dev/null || skip "needs Node 20 or newer"
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || skip "needs Node 20 or newer"
build
cp "$BUILT/libelementkit_node.so" bindings-node/elementkit.node
strip bindings-node/elementkit.node 2>/dev/null || true
export ELEMENTKIT
cd bindings-node
npm ci --silent --no-audit --no-fund --cache "$ELEMENTKIT_CACHE/npm"
npm run --silent types
tap=$ELEMENTKIT_CACHE/node.tap
node --test --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination="$tap" test/*.test.mjs
echo "the slowest tests:"
sed -nE '/^ *(not )?ok [0-9]+ - /{s///;h};/^ *duration_ms: /{s/^ *duration_ms: ([0-9]+).*/\1/;G;s/\n/ ms  /;p}' "$tap" |
  sort -rn | sed -n '1,5s/^/  /p'

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
"$ELEMENTKIT" sandbox --subscribers 500 > "$work/sandbox" 2>/dev/null &
until [ -s "$work/sandbox" ]; do sleep 0.05; done
export ELEMENTKIT_BRIGHTTALK_URL BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF
ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox")

# As published: one package without a native module, one with it for each platform.
target=$(node -p '`${process.platform}-${process.arch}${process.report.getReport().header.glibcVersionRuntime ? "-gnu" : "-musl"}`')
node tools/layout.mjs "$work/layout" "$target=elementkit.node"
for each in elementkit "$target"; do
  (cd "$work/layout/$each" && npm pack --silent --pack-destination "$work" > "$work/$each.name")
done
main=$work/$(cat "$work/elementkit.name") native=$work/$(cat "$work/$target.name")
npx --no-install publint run --strict "$main"
npx --no-install attw --quiet "$main"
mkdir "$work/app"
(cd "$work/app" && npm init --yes >/dev/null && npm install --silent --no-audit --no-fund --offline "$native" "$main")

# As built here, with the native module in it; both module systems, in strict TypeScript, with the README's examples.
mkdir "$work/built" "$work/typed"
built=$work/built/$(npm pack --silent --pack-destination "$work/built")
(cd "$work/typed" && npm init --yes >/dev/null && npm install --silent --no-audit --no-fund --offline "$built")
for project in app typed; do
  node tools/readme.mjs "$work/$project"
  npx --no-install tsc --strict --skipLibCheck false --target ES2022 --lib ES2022,ESNext.Disposable,DOM --module NodeNext \
    --types node --typeRoots "$PWD/node_modules/@types" "$work/$project/module.mts" "$work/$project/common.cts"
  for program in module.mjs common.cjs; do
    (cd "$work/$project" && rm -f contacts.csv && node "$program" "$program.db" > out.txt && [ -s contacts.csv ] && [ -s out.txt ])
  done
done
(cd "$work/app" && npx --no-install elementkit --version | grep -q "^elementkit ")
node tools/bundled.mjs "$work/app"

# The example of the README that writes, with a vendor that can be written to.
"$(dirname "$ELEMENTKIT")/testbed-serve" --accounts 5 > "$work/testbed" &
until [ -s "$work/testbed" ]; do sleep 0.05; done
node tools/written.mjs "$work/app/written.mjs"
TESTBED=$(cat "$work/testbed") node "$work/app/written.mjs"

# The examples.
cp examples/*.mjs "$work/app/"
ln -s "$PWD/node_modules/node-sqlite3-wasm" "$work/app/node_modules/"
node "$work/app/mirror-registrations.mjs" "$work/mirror" > "$work/first"
node "$work/app/mirror-registrations.mjs" "$work/mirror" > "$work/second"
grep -qE "^[1-9][0-9]* changed, [1-9][0-9]* in all$" "$work/first"
[ "$(sed 's/.*, //' "$work/first")" = "$(sed 's/.*, //' "$work/second")" ]
node "$work/app/serve-file.mjs" "$work/example.db" > "$work/served" &
until [ -s "$work/served" ]; do sleep 0.05; done
node -e 'fetch(process.argv[1]).then((a) => a.text()).then((t) => process.exit(t.split("\n").length > 490 ? 0 : 1))' "$(head -1 "$work/served")"

# The snippets of the documentation, beside the installed package.
cp ../docs/snippets/node/*.mjs "$work/app/"
node_snippet() { node "$work/app/$1.mjs"; }
(cd .. && run_snippets "$work/snippets" node_snippet)

# A client that a public generator made.
bash ../tests/clients/node/run.sh
echo "the npm package does what it says"

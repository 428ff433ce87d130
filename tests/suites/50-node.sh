# The npm package: all client scenarios, types, manners, and the packed tarball in an empty project.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v npm >/dev/null || skip "needs Node 20 or newer"
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || skip "needs Node 20 or newer"
build
cp "$TARGET/$PROFILE/libelementkit_node.so" bindings-node/elementkit.node
strip bindings-node/elementkit.node 2>/dev/null || true
export ELEMENTKIT
(cd bindings-node && npm ci --silent --no-audit --no-fund --cache "$ELEMENTKIT_CACHE/npm" && npm run --silent types)
(cd bindings-node && node --test test/)

# As a user has it: the tarball, in an empty project, by both module systems, with an example.
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
tarball=$(cd bindings-node && npm pack --silent --pack-destination "$work")
(cd "$work" && npm init --yes >/dev/null && npm install --silent --no-audit --no-fund --offline "./$tarball")
(cd "$work" && node -e 'require("elementkit").Platform' && node --input-type=module -e 'import { Platform } from "elementkit"; Platform')
"$ELEMENTKIT" sandbox --subscribers 500 > "$work/sandbox" 2>/dev/null &
until [ -s "$work/sandbox" ]; do sleep 0.05; done
cp bindings-node/examples/serve-file.mjs "$work/"
ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox") BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF \
  node "$work/serve-file.mjs" "$work/example.db" > "$work/served" &
until [ -s "$work/served" ]; do sleep 0.05; done
node -e 'fetch(process.argv[1]).then((a) => a.text()).then((t) => process.exit(t.split("\n").length > 490 ? 0 : 1))' "$(head -1 "$work/served")"
echo "the npm package does what it says"

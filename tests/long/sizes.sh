#!/usr/bin/env bash
# Measures sizes and start times of the Python and Node packages as they are published (profile `dist`).
# Also the blocking of Node's event loop, and the cost of iterating over records. The first run builds the packages,
# which takes many minutes. A package above its budget of 8 MB is a failure.
# usage: tests/long/sizes.sh                   after one `./test python node`; CONTACTS=100000
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
python=${PYTHON:-$ELEMENTKIT_CACHE/venv/bin/python}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
size() { awk -v bytes="$(stat -c %s "$1")" 'BEGIN { printf "%.1f MB", bytes / 1e6 }'; }
large=()
budget() { [ "$(stat -c %s "$1")" -le 8000000 ] || large+=("${1##*/}"); }

started=$SECONDS
MATURIN_PEP517_ARGS="--profile dist" \
  "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work" ./bindings-python
wheel=$(echo "$work"/*.whl)
budget "$wheel"
echo "python  ${wheel##*/}: $(size "$wheel"), built in $((SECONDS - started)) s"
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/package" "$wheel"
export PYTHONPATH=$work/package
"$python" - <<'PROGRAM'
import statistics, subprocess, sys
timed = "import time; t = time.perf_counter(); import elementkit; print((time.perf_counter() - t) * 1000)"
times = [float(subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True).stdout) for _ in range(15)]
print(f"python  imports in {statistics.median(times):.1f} ms (median of 15)")
PROGRAM

started=$SECONDS
cargo build --quiet --profile dist -p elementkit-node
export ELEMENTKIT_NATIVE=$work/elementkit.node
cp "$TARGET/dist/libelementkit_node.so" "$ELEMENTKIT_NATIVE"
platform=$(node -p '`${process.platform}-${process.arch}-${process.report.getReport().header.glibcVersionRuntime ? "gnu" : "musl"}`')
node bindings-node/tools/layout.mjs "$work/layout" "$platform=$ELEMENTKIT_NATIVE"
tarball=$work/$(cd "$work/layout/$platform" && npm pack --silent --pack-destination "$work")
budget "$tarball"
echo "node    ${tarball##*/}: $(size "$tarball"), its native module $(size "$ELEMENTKIT_NATIVE"), built in $((SECONDS - started)) s"
"$ELEMENTKIT" sandbox --subscribers "${CONTACTS:-100000}" --page-max 1000 > "$work/sandbox" 2>/dev/null &
until [ -s "$work/sandbox" ]; do sleep 0.05; done
export ELEMENTKIT_BRIGHTTALK_URL; ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox")
node tests/long/start.mjs

# Records of a served engine.
export ELEMENTKIT_DATABASE=$work/engine.db
"$ELEMENTKIT" serve --listen 127.0.0.1:0 > "$work/serve" 2>/dev/null &
until [ -s "$work/serve" ]; do sleep 0.05; done
secrets=$("$ELEMENTKIT" secrets --json)
field() { sed -nE "s/.*\"$1\": *\"([^\"]*)\".*/\1/p" <<< "$2" | head -1; }
export ELEMENTKIT_BASE_URL ELEMENTKIT_USER_SECRET ELEMENTKIT_ORGANIZATION_SECRET
ELEMENTKIT_BASE_URL=$(field baseUrl "$(cat "$work/serve")")
ELEMENTKIT_USER_SECRET=$(field userSecret "$secrets") ELEMENTKIT_ORGANIZATION_SECRET=$(field organizationSecret "$secrets")
"$python" -c 'import orjson' 2>/dev/null || "$python" -m pip install --quiet --disable-pip-version-check orjson
"$python" tests/long/iterate.py
node tests/long/iterate.mjs
[ ${#large[@]} -eq 0 ] || { echo "more than 8 MB: ${large[*]}"; exit 1; }

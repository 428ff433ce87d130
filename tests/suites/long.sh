#!/usr/bin/env bash
# Every long form of docs/trust.md, one after the other: some hours. Goes on after a failure, and says at the end what
# failed. `./tests/long NAME…` runs only some: simulator chaos creation memory load soak fuzz packages api
# signals (of Python; PYTHON names one that has the package) nextjs workers (of Node; with another `node` first in PATH, of that
# version)
set -uo pipefail
cd "$(dirname "$0")/.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
failed=()
form() {
  local name=$1
  shift
  [ "$wanted" = "" ] || [[ " $wanted " == *" $name "* ]] || return 0
  echo "== $name: $*"
  "$@" || failed+=("$name")
}
wanted="$*"
load=(cargo test --release -p elementkit --test it load:: -- --nocapture)
form simulator env BTSIM_LONG=1 cargo test --release -p brighttalk-sim --test conformance -- --nocapture --test-threads=1
form chaos tests/chaos 200 11
form creation env ELEMENTKIT_CREATION_KILLS=200 \
  cargo test --release -p elementkit --test it a_database_whose_maker -- --nocapture
form memory tests/memory 100000 1000000 10000000
form load env ELEMENTKIT_LOAD_CONNECTIONS=1000 ELEMENTKIT_LOAD_SECONDS=300 "${load[@]}"
form soak env ELEMENTKIT_LOAD_CONNECTIONS=50 ELEMENTKIT_LOAD_SECONDS=3600 "${load[@]}"
for target in authorization ceql json mapping multipart page_token xml; do
  form fuzz ./fuzz/run "$target" 600
done
form packages tests/soak
form api ./tests/fuzz-api 50
form nextjs tests/nextjs
form signals env SIGNALS=300 "${PYTHON:-$ELEMENTKIT_CACHE/venv/bin/python}" -m pytest bindings-python/tests/test_signals.py
form workers env WORKERS=60 node --test bindings-node/test/workers.test.mjs
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }

#!/usr/bin/env bash
# Checks that the memory of the Python and Node packages stays flat: 10,000 calls, and a result of more than 1 GB.
# The long form of checks in the suites; it fails if memory grows by more than 32 MiB.
# usage: tests/long/packages.sh [python|node …]        CALLS=10000 CONTACTS=2600000, after one `./test python node`
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
python=${PYTHON:-$ELEMENTKIT_CACHE/venv/bin/python}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
"$ELEMENTKIT" sandbox --subscribers "${CONTACTS:-2600000}" --page-max 1000 > "$work/sandbox" 2>/dev/null &
until [ -s "$work/sandbox" ]; do sleep 0.05; done
export ELEMENTKIT_BRIGHTTALK_URL; ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox")
for language in "${@:-python node}"; do
  for each in $language; do
    case $each in
      python) "$python" tests/long/packages.py "${CALLS:-10000}" 32 ;;
      node) node --expose-gc tests/long/packages.mjs "${CALLS:-10000}" 32 ;;
      *) echo "no such package: $each" >&2; exit 2 ;;
    esac
  done
done

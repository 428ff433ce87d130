#!/usr/bin/env bash
# The dlt source, and the program of its guide. Options are those of pytest.
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
. tests/pipelines/common.sh
export ELEMENTKIT
environment dlt 'dlt[duckdb,parquet]>=1.31,<2' 'pytest>=8,<10'
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$work"' EXIT
package "$work"
export RUNTIME__DLTHUB_TELEMETRY=false DLT_DATA_DIR=$work/dlt
"$venv/bin/python" -m pytest --quiet -p no:cacheprovider tests/pipelines/test_dlt.py "$@"
brighttalk "$work"
"$venv/bin/python" tests/pipelines/guide.py docs/guides/dlt.md python > "$work/guide.py"
(cd "$work" && for _ in 1 2; do "$venv/bin/python" guide.py; done > guide.txt)
[ "$(grep -c "contains no failed jobs" "$work/guide.txt")" = 2 ]

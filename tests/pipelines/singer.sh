#!/usr/bin/env bash
# The Singer tap: the suite of the Singer SDK, two targets, and the commands of its guide. Options are those of pytest.
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
. tests/pipelines/common.sh
export ELEMENTKIT
# A target with the libraries of Singer's first years, which contradict those of the SDK.
environment singer-targets 'target-jsonl==0.1.4'
export TARGET_JSONL=$venv/bin/target-jsonl
environment singer 'singer-sdk[testing]>=0.54,<1' 'meltanolabs-target-csv==0.5.0'
export TARGET_CSV=$venv/bin/target-csv
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$work"' EXIT
PYTHONPATH=$PWD/bindings-python/tests "$venv/bin/python" -m pytest --quiet -p no:cacheprovider -W ignore::UserWarning \
  tests/pipelines/test_singer.py "$@"
brighttalk "$work"
"$venv/bin/python" tests/pipelines/guide.py docs/guides/singer.md json > "$work/tap.json"
"$venv/bin/python" tests/pipelines/guide.py docs/guides/singer.md sh > "$work/guide.sh"
(cd "$work" && PATH=$(dirname "$ELEMENTKIT"):$(dirname "$TARGET_JSONL"):$PATH bash -euo pipefail guide.sh)
[ "$(tail -1 "$work/states.jsonl" | "$venv/bin/python" -c 'import json, sys; print(len(json.load(sys.stdin)["bookmarks"]))')" = 3 ]

#!/usr/bin/env bash
# Generates a Python client out of the document of a served engine, and runs client scenarios with it.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
venv=$ELEMENTKIT_CACHE/generated-client
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/clients/python/requirements.txt
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$work"' EXIT
. tests/clients/document.sh
# Its formatter is not needed.
printf 'post_hooks: []\n' > "$work/config.yaml"
"$venv/bin/openapi-python-client" generate --path "$work/openapi.json" --config "$work/config.yaml" --meta none \
  --output-path "$work/generated" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
ELEMENTKIT=$ELEMENTKIT PYTHONPATH=$work:bindings-python/tests "$venv/bin/python" tests/clients/python/run.py "$work/openapi.json"

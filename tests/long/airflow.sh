#!/usr/bin/env bash
# The DAG of the guide for Airflow, run by its scheduler, workers and triggerer.
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
. tests/pipelines/common.sh
[ -n "${ELEMENTKIT_BUILT:-}" ] || build
environment airflow 'apache-airflow>=3.3,<4' 'pyarrow>=17,<30'
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$work"' EXIT
package "$work"
brighttalk "$work"
export ELEMENTKIT_DATABASE=$work/served.db
"$ELEMENTKIT" connect brighttalk
"$ELEMENTKIT" serve --listen 127.0.0.1:0 > "$work/serve" &
until [ -s "$work/serve" ]; do sleep 0.05; done
"$ELEMENTKIT" secrets --json > "$work/secrets"
mkdir -p "$work/airflow/dags" "$work/data"
"$venv/bin/python" tests/pipelines/guide.py docs/guides/airflow.md python > "$work/airflow/dags/webinars.py"
export PATH=$venv/bin:$PATH DATA=$work/data
unset ELEMENTKIT_DATABASE

"$venv/bin/python" tests/pipelines/run_airflow.py "$work"

#!/usr/bin/env bash
# The data source of Spark on several executor processes, one of which is killed; and the program of its guide.
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
. tests/pipelines/common.sh
command -v java > /dev/null || debian default-jdk-headless
command -v ps > /dev/null || debian procps
[ -n "${ELEMENTKIT_BUILT:-}" ] || build
export ELEMENTKIT
environment spark 'pyspark>=4.2,<5' 'pyarrow>=17,<30' 'pandas>=2.2,<4' 'pytest>=8,<10'
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$work"' EXIT
package "$work"
# Executors of a local cluster write their logs below the home of Spark.
home=$("$venv/bin/python" -c 'import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parent)')
mkdir "$work/spark"
for part in "$home"/*; do ln -s "$part" "$work/spark/"; done
export SPARK_HOME=$work/spark PYSPARK_PYTHON=$venv/bin/python SPARK_LOCAL_IP=127.0.0.1 TMPDIR=$work
"$venv/bin/python" -m pytest --quiet -p no:cacheprovider tests/pipelines/test_spark.py "$@"
brighttalk "$work"
export ELEMENTKIT_DATABASE=$work/guide.db
"$ELEMENTKIT" connect brighttalk
"$ELEMENTKIT" serve --listen 127.0.0.1:0 > "$work/serve" &
until [ -s "$work/serve" ]; do sleep 0.05; done
told() { "$venv/bin/python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }
"$ELEMENTKIT" secrets --json > "$work/secrets"
export ELEMENTKIT_USER_SECRET ELEMENTKIT_ORGANIZATION_SECRET
ELEMENTKIT_USER_SECRET=$(told "$work/secrets" userSecret) ELEMENTKIT_ORGANIZATION_SECRET=$(told "$work/secrets" organizationSecret)
"$venv/bin/python" tests/pipelines/guide.py docs/guides/spark.md python |
  sed "s|http://127.0.0.1:8088/elements/api-v2|$(told "$work/serve" baseUrl)|" > "$work/guide.py"
"$venv/bin/python" "$work/guide.py" > "$work/guide.txt" 2> "$work/guide.log" || { cat "$work/guide.log"; exit 1; }
grep -q "country|count|" "$work/guide.txt"
echo "Spark reads what the vendor has"

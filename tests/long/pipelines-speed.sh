#!/usr/bin/env bash
# Processor time, wall time and memory of dlt with the source of ElementKit and with a script, into DuckDB; and the time in
# which Spark reads 40 channels at 50 ms a page with 1, 2 and 4 executors. Run it on an idle machine.
# usage: tests/long/pipelines-speed.sh [records of dlt [records of Spark]]; 0 leaves one out
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}" ELEMENTKIT_PROFILE="${ELEMENTKIT_PROFILE:-release}"
records=${1:-1000000} shared=${2:-200000}
. tests/suites/common.sh
. tests/pipelines/common.sh
[ -n "${ELEMENTKIT_BUILT:-}" ] || build
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$work"' EXIT
package "$work"
vendor() { # file, options…
  local file=$1
  shift
  "$BUILT/bench" server "$@" > "$file" &
  until [ -s "$file" ]; do sleep 0.05; done
}
figure() { sed -E "s/.*\"$1\": *([0-9.]+).*/\1/" "$work/figures"; }

if [ "$records" != 0 ]; then
  environment dlt 'dlt[duckdb,parquet]>=1.31,<2' 'httpx>=0.28,<1' 'lxml>=6,<7'
  export RUNTIME__DLTHUB_TELEMETRY=false DLT_DATA_DIR=$work/dlt
  vendor "$work/vendor" "--records=$records"
  for way in whole incremental script; do
    "$BUILT/bench" measure "$work/figures" -- "$venv/bin/python" tests/pipelines/speed_dlt.py $way "$(cat "$work/vendor")" "$work" "$records"
    printf 'dlt, %s, %d contacts: %.1f s of CPU, %.1f s, %.0f MiB\n' $way "$records" "$(figure cpu_s)" "$(figure wall_s)" "$(figure peak_mib)"
  done
fi

if [ "$shared" != 0 ]; then
  command -v java > /dev/null || debian default-jdk-headless
  command -v ps > /dev/null || debian procps
  environment spark 'pyspark>=4.2,<5' 'pyarrow>=17,<30' 'pandas>=2.2,<4'
  home=$("$venv/bin/python" -c 'import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parent)')
  mkdir "$work/spark"
  for part in "$home"/*; do ln -s "$part" "$work/spark/"; done
  export SPARK_HOME=$work/spark PYSPARK_PYTHON=$venv/bin/python SPARK_LOCAL_IP=127.0.0.1 TMPDIR=$work
  vendor "$work/slow" "--records=$shared" --channels=40 --latency=50
  export ELEMENTKIT_DATABASE=$work/served.db ELEMENTKIT_BRIGHTTALK_URL BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=secret
  ELEMENTKIT_BRIGHTTALK_URL=$(cat "$work/slow")
  "$ELEMENTKIT" connect brighttalk --keep-without-email > /dev/null
  "$ELEMENTKIT" serve --listen 127.0.0.1:0 > "$work/serve" 2> "$work/serve.log" &
  until [ -s "$work/serve" ]; do sleep 0.05; done
  told() { "$venv/bin/python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }
  "$ELEMENTKIT" secrets --json > "$work/secrets"
  export ELEMENTKIT_USER_SECRET ELEMENTKIT_ORGANIZATION_SECRET
  ELEMENTKIT_USER_SECRET=$(told "$work/secrets" userSecret) ELEMENTKIT_ORGANIZATION_SECRET=$(told "$work/secrets" organizationSecret)
  for executors in 1 2 4; do
    "$venv/bin/python" tests/pipelines/speed_spark.py $executors "$(told "$work/serve" baseUrl)" "$shared" 2> "$work/spark.log" ||
      { tail -20 "$work/spark.log"; exit 1; }
  done
fi

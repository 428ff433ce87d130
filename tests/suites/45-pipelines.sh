# The Singer tap and the dlt source, with the programs of their guides. `./test long pipelines spark airflow` has the rest.
set -euo pipefail
. tests/suites/common.sh
command -v cargo > /dev/null || skip "needs Rust"
command -v python3 > /dev/null || skip "needs Python 3.10 or newer"
build
bash tests/pipelines/singer.sh -k "not killed"
bash tests/pipelines/dlt.sh -k "merge or defined or wrong"
echo "the tap and the source do what their guides say"

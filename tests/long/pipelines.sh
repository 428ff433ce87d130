#!/usr/bin/env bash
# The Singer tap and the dlt source with failures in the middle and killed processes.
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
[ -n "${ELEMENTKIT_BUILT:-}" ] || build
bash tests/pipelines/singer.sh
bash tests/pipelines/dlt.sh

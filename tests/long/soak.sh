#!/usr/bin/env bash
# The load of load.sh with few connections for an hour.
# usage: tests/long/soak.sh [connections] [seconds]
set -euo pipefail
exec "$(dirname "$0")/load.sh" "${1:-50}" "${2:-3600}"

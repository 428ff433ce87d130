#!/usr/bin/env bash
# Each fuzz target, one after the other.
# usage: tests/long/fuzz.sh [seconds for each, default 600] [target…]
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-600}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(authorization ceql json mapping multipart page_token xml)
failed=0
for target in "${targets[@]}"; do
  ./fuzz/run "$target" "$seconds" || failed=1
done
exit $failed

#!/usr/bin/env bash
# The console with 10,000 instances, a million records, and 300 people beside a bulk job for five minutes.
# usage: tests/long/console.sh        about ten minutes; needs Node 20 or newer, and an optimized build
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet --release -p elementkit-cli --features full
ELEMENTKIT="${CARGO_TARGET_DIR:-$PWD/target}/release/elementkit" node tests/console/load.mjs

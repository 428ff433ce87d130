#!/usr/bin/env bash
# The console with 10,000 instances, a million records, and 300 people beside a bulk job for five minutes; then in a browser
# what goes wrong. Prints sizes, times and memory. Everything is on the loopback interface.
# usage: tests/long/console.sh        about ten minutes; needs Node 20 or newer, Chromium, and an optimized build
# INSTANCES, RECORDS, PEOPLE and SECONDS make it smaller.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet --release -p elementkit-cli --features full
export ELEMENTKIT="${CARGO_TARGET_DIR:-$PWD/target}/release/elementkit"
node tests/console/load.mjs
[ -d tests/console/node_modules ] || npm ci --silent --no-audit --no-fund --prefix tests/console
node tests/console/cases.mjs

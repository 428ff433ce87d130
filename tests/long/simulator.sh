#!/usr/bin/env bash
# Every rule of the simulated vendor, with ten million subscribers.
set -euo pipefail
cd "$(dirname "$0")/../.."
BTSIM_LONG=1 cargo test --release -p brighttalk-sim --test conformance -- --nocapture --test-threads=1

#!/usr/bin/env bash
# The property tests with 20,000 cases each, and the push-down of conditions with as many more.
# usage: tests/long/properties.sh [cases]
set -euo pipefail
cd "$(dirname "$0")/../.."
export PROPTEST_CASES=${1:-20000}
cargo test --release -p elementkit --lib
cargo test --release -p elementkit --test it ceql::

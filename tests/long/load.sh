#!/usr/bin/env bash
# A served engine under many connections: no error but those of the vendor, and flat memory.
# usage: tests/long/load.sh [connections] [seconds]
set -euo pipefail
cd "$(dirname "$0")/../.."
ELEMENTKIT_LOAD_CONNECTIONS=${1:-1000} ELEMENTKIT_LOAD_SECONDS=${2:-300} \
  cargo test --release -p elementkit --test it load:: -- --nocapture

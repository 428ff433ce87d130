#!/usr/bin/env bash
# The long form of the chaos test: kill -9 at random points under every transient fault of the vendor.
# usage: tests/chaos [kills] [seed]
set -euo pipefail
cd "$(dirname "$0")/.."
ELEMENTKIT_CHAOS_KILLS=${1:-200} ELEMENTKIT_CHAOS_SEED=${2:-1} \
  cargo test --profile "${PROFILE:-release}" -p elementkit --test it kills_and_faults -- --nocapture

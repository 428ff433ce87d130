#!/usr/bin/env bash
# Kills processes with -9 at random points of a job, under every transient fault of the vendor.
# usage: tests/long/chaos.sh [kills] [seed]
set -euo pipefail
cd "$(dirname "$0")/../.."
ELEMENTKIT_CHAOS_KILLS=${1:-200} ELEMENTKIT_CHAOS_SEED=${2:-11} \
  cargo test --profile "${PROFILE:-release}" -p elementkit --test it kills_and_faults -- --nocapture

#!/usr/bin/env bash
# kill -9 while a database is created: the remaining file opens.
# usage: tests/long/creation.sh [kills]
set -euo pipefail
cd "$(dirname "$0")/../.."
ELEMENTKIT_CREATION_KILLS=${1:-200} \
  cargo test --release -p elementkit --test it a_database_opens_after -- --nocapture

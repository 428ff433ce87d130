#!/usr/bin/env bash
# Worker threads of Node that end in the middle of calls, many for each kind of call and way to end.
# usage: tests/long/workers.sh        WORKERS=60; tests the `node` that is first in PATH
set -euo pipefail
cd "$(dirname "$0")/../.."
WORKERS=${WORKERS:-60} node --test bindings-node/test/workers.test.mjs

#!/usr/bin/env bash
# Hundreds of signals during calls of the Python package.
# usage: tests/long/signals.sh        SIGNALS=300, PYTHON names an interpreter that has the package
set -euo pipefail
cd "$(dirname "$0")/../.."
ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
SIGNALS=${SIGNALS:-300} "${PYTHON:-$ELEMENTKIT_CACHE/venv/bin/python}" -m pytest bindings-python/tests/test_signals.py

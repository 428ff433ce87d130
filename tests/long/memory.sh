#!/usr/bin/env bash
# Measures the peak memory of the engine's process: pulls of all contacts, and reads of the result in three formats.
# Prints KiB after each step.
# usage: tests/long/memory.sh [contacts …]
set -euo pipefail
cd "$(dirname "$0")/../.."
elementkit=${ELEMENTKIT:-target/release/elementkit}
[ -x "$elementkit" ] || cargo build --release -p elementkit-cli --features full
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT

peak() { awk '/VmHWM/ {print $2}' "/proc/$1/status"; }

[ $# -gt 0 ] || set -- 100000 1000000 10000000
for contacts in "$@"; do
  rm -f "$work/sandbox"
  "$elementkit" sandbox --subscribers "$contacts" --page-max 1000 > "$work/sandbox" 2>/dev/null &
  sandbox=$!
  until [ -s "$work/sandbox" ]; do sleep 0.05; done
  rm -rf "$work"/engine.db* "$work/serve"
  export ELEMENTKIT_DATABASE=$work/engine.db ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox")
  "$elementkit" serve --listen 127.0.0.1:0 > "$work/serve" &
  engine=$!
  until [ -s "$work/serve" ]; do sleep 0.05; done
  base=$(sed -E 's/.*"baseUrl": *"([^"]*)".*/\1/' "$work/serve" | head -1)
  "$elementkit" secrets --json > "$work/secrets"
  secret() { grep -oE "\"$1\": *\"[^\"]*\"" "$work/secrets" | sed -E 's/.*: *"(.*)"/\1/'; }
  export ELEMENTKIT_USER_SECRET=$(secret userSecret) ELEMENTKIT_ORGANIZATION_SECRET=$(secret organizationSecret)
  export BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF
  started=$(date +%s)
  "$elementkit" --base-url "$base" connect brighttalk --keep-without-email > /dev/null
  idle=$(peak $engine)
  job=$("$elementkit" --base-url "$base" bulk query "select * from contacts" --json 2>/dev/null | grep -oE '"id": *"[0-9]+"' | grep -oE '[0-9]+')
  pulled=$(peak $engine)
  seconds=$(($(date +%s) - started))
  read_as() {
    "$elementkit" --base-url "$base" request GET "bulk/$job/contacts" --element --header "Accept: $1" > /dev/null
    peak $engine
  }
  csv=$(read_as text/csv) arrow=$(read_as application/vnd.apache.arrow.stream)
  parquet=$(read_as application/vnd.apache.parquet)
  echo "$contacts contacts: idle $idle KiB, pulled $pulled KiB (in $seconds s), CSV read $csv KiB, Arrow $arrow KiB, Parquet $parquet KiB"
  kill $engine $sandbox; wait $engine $sandbox 2>/dev/null || true
done

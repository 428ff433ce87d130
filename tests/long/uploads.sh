#!/usr/bin/env bash
# Uploads: processor time and peak memory of `elementkit bulk upload` beside a plain loop that sends the same requests, at
# 1,000 and a million records; then, with ELEMENTKIT_KINTO, 100,000 records to a real server and down again, and 200 kills.
# usage: tests/long/uploads.sh [rows [records [kills]]]; records 0 leaves the server out.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-1000000} records=${2:-100000} kills=${3:-200}
elementkit=${ELEMENTKIT:-target/release/elementkit} bench=${BENCH:-target/release/bench}
[ -x "$elementkit" ] && [ -x "$bench" ] || cargo build --release -p elementkit-cli --features elementkit-cli/full -p elementkit-bench
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT

"$bench" uploads vendor > "$work/vendor" &
until [ -s "$work/vendor" ]; do sleep 0.05; done
vendor=$(cat "$work/vendor")
cat > "$work/acme.json" <<JSON
{"key": "acme", "name": "Acme", "hub": "crm", "authentication": {"type": "none"}, "bulkUploadEnabled": true,
 "configuration": [{"key": "base.url", "name": "Base", "type": "TEXTFIELD_1000", "defaultValue": "$vendor"}],
 "resources": [{"method": "POST", "path": "/items", "vendorPath": "/items",
   "parameters": [{"name": "body", "type": "body", "vendorName": "body", "vendorType": "body"}]}]}
JSON
export ELEMENTKIT_DATABASE=$work/engine.db
"$elementkit" request POST /elements --body "@$work/acme.json" > /dev/null
"$elementkit" connect acme > /dev/null

figure() { sed -E "s/.*\"$1\": *([0-9.]+).*/\1/" "$2"; }
for count in 1000 "$rows"; do
  "$bench" uploads file "$count" "$work/items.csv"
  "$bench" measure "$work/loop.json" -- "$bench" uploads loop "$vendor" "$count"
  "$bench" measure "$work/upload.json" -- "$elementkit" bulk upload "$work/items.csv" --object items > "$work/ended"
  grep -q "is COMPLETED: $count records, 0 failed." "$work/ended" || { cat "$work/ended"; exit 1; }
  awk -v n="$count" -v up="$(figure cpu_s "$work/upload.json")" -v plain="$(figure cpu_s "$work/loop.json")" \
    -v peak="$(figure peak_mib "$work/upload.json")" \
    'BEGIN { printf "%d records: %.2f s of CPU and %.1f MiB, a plain loop %.2f s: %.2f times\n", n, up, peak, plain, up / plain }'
done

[ "$records" = 0 ] || ELEMENTKIT_KINTO_RECORDS=$records ELEMENTKIT_KINTO_KILLS=$kills \
  cargo test --profile "${PROFILE:-release}" -p elementkit --test it uploads_kinto -- --nocapture --test-threads=1

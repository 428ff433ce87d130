#!/bin/sh
# Runs a server, and the command as its client: served.sh ELEMENTKIT DATABASE URL OUTPUT
set -eu
elementkit=$1 database=$2 url=$3 output=$4
"$elementkit" --database "$database" --brighttalk-url "$url" connect brighttalk --keep-without-email > /dev/null
"$elementkit" --database "$database" --brighttalk-url "$url" serve --listen 127.0.0.1:0 > "$database.address" 2> /dev/null &
server=$!
until [ -s "$database.address" ]; do sleep 0.01; done
secret() { "$elementkit" --database "$database" secrets --json | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }
ELEMENTKIT_USER_SECRET=$(secret userSecret) ELEMENTKIT_ORGANIZATION_SECRET=$(secret organizationSecret)
export ELEMENTKIT_USER_SECRET ELEMENTKIT_ORGANIZATION_SECRET
base=$(sed -n 's/.*"baseUrl": *"\([^"]*\)".*/\1/p' "$database.address")
"$elementkit" --base-url "$base" records contacts --csv > "$output"
kill "$server"
wait "$server" || true

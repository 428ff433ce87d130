#!/usr/bin/env bash
# Calls every operation of a served engine and checks it against its own document, /openapi.json.
# usage: tests/long/api.sh [cases an operation, default 50] [options of schemathesis]
#
# Calls every operation of /openapi.json with generated values, valid and invalid ones, by user and organization, and
# then by user and Element token. No response may be a 5xx, have a status, a media type or headers that the document
# lacks, or have a body that its schema rejects.
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
cases=${1:-50}
shift || true
debian curl jq
[ -n "${ELEMENTKIT_BUILT:-}" ] || cargo build --quiet --profile $PROFILE --package elementkit-cli --features full
venv=$ELEMENTKIT_CACHE/fuzz-api
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check schemathesis==4.32.5 openapi-spec-validator==0.9.0

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
cd "$work"
"$ELEMENTKIT" sandbox --subscribers 300 > sandbox 2>/dev/null &
until [ -s sandbox ]; do sleep 0.05; done
export ELEMENTKIT_DATABASE=$work/served.db ELEMENTKIT_BRIGHTTALK_URL
ELEMENTKIT_BRIGHTTALK_URL=$(head -1 sandbox)
"$ELEMENTKIT" serve --listen 127.0.0.1:0 > serve 2> log &
until [ -s serve ]; do sleep 0.05; done
base=$(jq -r .baseUrl serve)
origin=${base%/elements/api-v2}
curl -sS "$origin/openapi.json" > openapi.json
"$venv/bin/openapi-spec-validator" --schema 3.1 openapi.json

user="User $("$ELEMENTKIT" secrets --json | jq -r .userSecret)"
by_organization="$user, Organization $("$ELEMENTKIT" secrets --json | jq -r .organizationSecret)"
connect() {
  curl -sS -H "Authorization: $by_organization" -H 'Content-Type: application/json' "$base/instances" -d '{
    "element": {"key": "brighttalk"}, "name": "fuzzed", "configuration": {"brighttalk.api.key": "1",
    "brighttalk.api.secret": "0123456789ABCDEF0123456789ABCDEF"}}'
}
send() { # Authorization, path, body
  curl -sS -f -o /dev/null -H "Authorization: $1" -H 'Content-Type: application/json' "$base$2" -d "$3"
}
instance=$(connect)
by_token="$user, Element $(jq -r .token <<< "$instance")"
# Objects that the calls find; their names are used in paths besides generated ones.
send "$by_organization" /organizations/objects/people/definitions '{"fields": [{"path": "id"}]}'
send "$by_organization" /organizations/elements/brighttalk/transformations/people \
  '{"vendorName": "channelsContacts", "fields": [{"path": "id", "vendorPath": "id"}]}'
job=$(curl -sS -H "Authorization: $by_token" -X POST "$base/bulk/query?q=select%20*%20from%20contacts" | jq -r .id)
jq --arg instance "$(jq .id <<< "$instance")" --arg job "$job" '
  {keyOrId: "brighttalk", hub: "marketing", key: "marketing", channelId: "1001", name: "people", objectName: "contacts",
   commonResource: "people", accountId: "1", emailOrId: "1", operationId: "getChannels"} as $known |
  def value($path): $known[.name] // if $path | test("/bulk/") then $job elif $path | test("/instances/") then $instance
    else "1" end;
  .paths |= with_entries(.key as $path | .value |= map_values(
    if .parameters then .parameters |= map(
      if .in == "path" then .schema = {anyOf: [{const: value($path)}, .schema]} else . end) else . end))
' openapi.json > known.json

failed=0
checks=not_a_server_error,status_code_conformance,content_type_conformance
checks=$checks,response_headers_conformance,response_schema_conformance
run() { # name, Authorization, options…
  echo "== $1"
  "$venv/bin/schemathesis" run known.json --url "$origin" --header "Authorization: $2" \
    --checks "$checks" --phases examples,coverage,fuzzing --max-examples "$cases" --continue-on-failure \
    --generation-database none --suppress-health-check all --seed 1 --warnings off --no-color "${@:3}" || failed=1
}
# Operations that delete or change the instance of a token come last.
changes='^(deleteInstances|putInstances|patchInstances|deleteInstancesEnabled|patchInstancesConfigurationByConfigId)$'
ends='^(delete|put)Instances(ById|$)|^(delete|put)ElementsByKeyOrIdInstancesById$|^postInstancesByIdToken$|^deleteInstancesByIdEnabled$|^patchInstancesById|^postAuth'
run "user and Element token" "$by_token" --exclude-operation-id-regex "$changes" "$@"
run "user and organization" "$by_organization" --exclude-operation-id-regex "$ends" "$@"
run "what changes and ends an instance, by token" "$by_token" --include-operation-id-regex "$changes" "$@"
run "what changes and ends an instance, by id" "$by_organization" --include-operation-id-regex "$ends" "$@"
if grep panicked log; then failed=1; fi
exit $failed

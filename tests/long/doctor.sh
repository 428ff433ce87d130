#!/usr/bin/env bash
# Backs up and restores an organization with the-doctor, the public backup tool, against a served engine.
# usage: tests/long/doctor.sh
#
# The tool is ce-util of the npm registry. It downloads everything from one organization as a file and as folders, uploads
# both into others, and downloads again: the downloads are equal but for ids and dates. It then deletes what it uploaded.
# `elementkit import` reads each download too.
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
debian curl jq
command -v npm >/dev/null || skip "needs npm"
[ -n "${ELEMENTKIT_BUILT:-}" ] || cargo build --quiet --profile $PROFILE --package elementkit-cli --features full
tool=$ELEMENTKIT_CACHE/doctor
[ -d "$tool/node_modules/ce-util" ] || npm install --silent --ignore-scripts --prefix "$tool" ce-util@2.1.5
root=$PWD
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
cd "$work"
export HOME=$work ELEMENTKIT_DATABASE=$work/served.db
mkdir .doctor

jq -n --slurpfile desk "$root/examples/elements/support-desk.json" '{
  elements: $desk,
  formulas: [{name: "nightly", steps: [{name: "trim names", type: "script", properties: {body: "done({});"}, onSuccess: [], onFailure: []}],
    triggers: [{type: "manual", properties: {}, onSuccess: ["trim names"], onFailure: []}], configuration: []}],
  objectDefinitions: {people: {fields: [{path: "id", type: "string"}, {path: "person.email", type: "string"}, {path: "answers[*].text", type: "string"}]}},
  transformations: {brighttalk: {people: {vendorName: "channelsContacts",
    fields: [{path: "id", vendorPath: "id", type: "string"}, {path: "person.email", vendorPath: "email", type: "string"}],
    configuration: [{type: "passThrough", properties: {fromVendor: false}}],
    script: {body: "done(transformedObject);", mimeType: "application/javascript", filterEmptyResponse: false}}}}}' > source.json
"$ELEMENTKIT" import source.json > /dev/null
first=$("$ELEMENTKIT" secrets --json)
second=$("$ELEMENTKIT" organizations create --name second --json)
third=$("$ELEMENTKIT" organizations create --name third --json)
"$ELEMENTKIT" serve --listen 127.0.0.1:0 > serve 2> log &
until [ -s serve ]; do sleep 0.05; done
url=$(jq -r .baseUrl serve)
jq -n --arg url "${url%/elements/api-v2}" --argjson all "[$first,$second,$third]" \
  '[$all, ["first", "second", "third"]] | transpose | map({name: .[1], userSecret: .[0].userSecret, orgSecret: .[0].organizationSecret, baseUrl: $url})' \
  > .doctor/config.json

doctor() {
  node "$tool/node_modules/ce-util/src/cli/doctor.js" "$@" > said 2>&1 || { cat said; exit 1; }
  if grep -q 'Failed to' said; then cat said; exit 1; fi
}
plain() {
  jq -S 'walk(if type == "object" then del(.id, .elementId, .resourceId, .formulaId, .accountId, .userId, .createdDate, .updatedDate, .startDate) else . end)' "$1"
}

doctor download all first -f all.json
[ "$(jq -c '[(.elements | length), (.formulas | length), (.objectDefinitions | length), (.transformations.brighttalk | length)]' all.json)" = "[1,1,1,1]" ] \
  || { echo "the download is incomplete:"; cat all.json; exit 1; }
doctor upload all second -f all.json
sleep 1 # the tool does not wait for its transformations
doctor download all second -f again.json
diff <(plain all.json) <(plain again.json)

mkdir folders again
doctor download all first -d folders
doctor upload all third -d folders
sleep 1
doctor download all third -d again
diff -r -I '"\(id\|elementId\|resourceId\|formulaId\|accountId\|userId\|createdDate\|updatedDate\|startDate\)":' folders again

doctor delete vdrs second
doctor delete formulas second
doctor delete elements second
sleep 1
doctor download all second -f deleted.json
[ "$(jq -c '[(.elements | length), (.formulas | length), (.objectDefinitions | length)]' deleted.json)" = "[0,0,0]" ] \
  || { echo "not everything was deleted:"; cat deleted.json; exit 1; }

for download in all.json folders; do
  ELEMENTKIT_DATABASE=$work/$download.db "$ELEMENTKIT" import "$download" --json > report
  [ "$(jq -c '[(.created | length), .dropped, .skipped]' report)" = "[4,[],[]]" ] || { cat report; exit 1; }
done
echo "the-doctor backed up and restored an organization"

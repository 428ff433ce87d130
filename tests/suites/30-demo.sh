# The main job as the README shows it, and the command line against a served engine.
set -euo pipefail
. tests/suites/common.sh
. docs/snippets/run.sh
command -v cargo >/dev/null || skip "needs Rust"
debian curl jq openssl
build
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT

expect() { # text, command…
  local text=$1; shift
  local out
  out=$("$@" 2>&1) || true
  case $out in *"$text"*) ;; *) echo "expected \"$text\" from: $*"; echo "$out"; exit 1 ;; esac
}
code() { "$@" >/dev/null 2>&1 && echo 0 || echo $?; }
absent() { # grep's options and files…
  if grep -l "$@"; then echo "holds what it must not: $*"; exit 1; fi
}

(cd "$work" && "$ELEMENTKIT" demo > demo.txt)
grep -q "9906 written + 94 ignored because they have no email = 10000; the sandbox has 10000" "$work/demo.txt"
[ "$(wc -l < "$work/elementkit-demo-contacts.csv")" = 9907 ]
(cd "$work" && "$ELEMENTKIT" demo --contacts 100 > again.txt && grep -q Overwrote again.txt)
# A reader that closes the output is no error.
(cd "$work" && "$ELEMENTKIT" demo --contacts 100 2> left.txt | head -1 | grep -q sandbox && ! grep -q panicked left.txt)

# A sandbox, a served engine, and calls from other processes.
"$ELEMENTKIT" sandbox --subscribers 300 > "$work/sandbox" 2>/dev/null &
until [ -s "$work/sandbox" ]; do sleep 0.05; done
export ELEMENTKIT_DATABASE=$work/served.db ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox")
"$ELEMENTKIT" serve --listen 127.0.0.1:0 > "$work/serve" &
until [ -s "$work/serve" ]; do sleep 0.05; done
base=$(jq -r .baseUrl "$work/serve")
user=$("$ELEMENTKIT" secrets --json | jq -r .userSecret)
organization=$("$ELEMENTKIT" secrets --json | jq -r .organizationSecret)
call() { curl -sS -H "Authorization: $1" "${@:3}" "$base$2"; }
[ "$(curl -s -o "$work/health" -w '%{http_code}' "${base%/elements/api-v2}/healthz")" = 200 ]
[ "$("$ELEMENTKIT" health "${base%/elements/api-v2}")" = ready ]
[ "$(code "$ELEMENTKIT" health http://127.0.0.1:9)" = 6 ]

instance=$(call "User $user, Organization $organization" /instances -H 'Content-Type: application/json' -d '{
  "element": {"key": "brighttalk"}, "name": "curl",
  "configuration": {"brighttalk.api.key": "1", "brighttalk.api.secret": "0123456789ABCDEF0123456789ABCDEF",
    "brighttalk.isstaging": false, "brighttalk.bulkignore.emailnotpresent": true, "filter.response.nulls": true}}')
token=$(jq -r .token <<< "$instance")
[ "$(jq -r '.element.id, .configuration["brighttalk.api.secret"], .configuration["brighttalk.isstaging"]' <<< "$instance" | xargs)" = "184 ******** false" ]
[ "$(call "User $user, Element $token" /hubs/marketing/channels | jq length)" = 5 ]
[ "$(call "User $user, Element $token" '/hubs/marketing/channels/1001/contacts?pageSize=10' | jq length)" = 10 ]
job=$(call "User $user, Element $token" '/hubs/marketing/bulk/query?q=select%20*%20from%20contacts' -X POST | jq -r .id)
for _ in $(seq 100); do
  [ "$(call "User $user, Element $token" "/hubs/marketing/bulk/$job/status" | jq -r .status)" = COMPLETED ] && break
  sleep 0.1
done
rows=$(call "User $user, Element $token" "/hubs/marketing/bulk/$job/contacts" -H 'Accept: text/csv' | wc -l)
[ "$rows" -gt 290 ]
[ "$rows" -le 301 ]
[ "$(call "User nobody, Element $token" /channels -o "$work/body" -w '%{http_code}')" = 401 ]

# The hosted client of the command line against that server.
export ELEMENTKIT_BASE_URL=$base ELEMENTKIT_USER_SECRET=$user ELEMENTKIT_ORGANIZATION_SECRET=$organization
"$ELEMENTKIT" instances list | grep -q curl
[ "$("$ELEMENTKIT" records contacts --channel 1002 --limit 7 --json | wc -l)" = 7 ]
"$ELEMENTKIT" records channels --csv | head -1 | grep -q '^id,name'
"$ELEMENTKIT" bulk query "select id, email from contacts" --output "$work/hosted.csv" | grep -q COMPLETED
[ "$(head -1 "$work/hosted.csv")" = id,email ]
unset ELEMENTKIT_BASE_URL

# A server for other machines: TLS, log lines of JSON with the id of the call, no plain HTTP beyond this machine. On
# shutdown it finishes the running call and accepts no new one.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=IP:127.0.0.1 -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
"$ELEMENTKIT" serve -v --listen 127.0.0.1:0 --log-format json --tls-cert "$work/tls.crt" --tls-key "$work/tls.key" \
  > "$work/tls" 2> "$work/log" &
server=$!
until [ -s "$work/tls" ]; do sleep 0.05; done
base=$(jq -r .baseUrl "$work/tls")
secure() { call "User $user, Element $token" "$1" --cacert "$work/tls.crt" "${@:2}"; }
request=$(secure /objects -o "$work/body" -D - | tr -d '\r' | sed -n 's/^elements-request-id: //ip')
jq -e 'index("channels")' "$work/body" > /dev/null
jq -es --arg id "$request" 'any(.[]; .span.request_id == $id and .status == 200 and .span.path == "/elements/api-v2/objects")' \
  "$work/log" > /dev/null
absent -F -e "$user" -e "$token" -e "@example.org" "$work/log"
vendor() { curl -sS "${@:2}" "$ELEMENTKIT_BRIGHTTALK_URL/__sim/$1"; }
vendor faults -d '{"match": {"path": "*/subscribers"},
  "fault": {"type": "slow_headers", "ms": 2000}}' > /dev/null
last=$(vendor requests | jq '.[-1].number')
secure '/channels/1001/contacts?pageSize=3' -w '%{http_code}' -o "$work/last" > "$work/code" &
under_way=$!
until [ "$(vendor "requests?since=$last" | jq length)" -gt 0 ]; do sleep 0.05; done
kill -TERM $server
sleep 0.2
[ "$(code secure /objects)" != 0 ]
wait $under_way
[ "$(cat "$work/code")" = 200 ]
[ "$(jq length "$work/last")" = 3 ]
wait $server
vendor faults -X DELETE > /dev/null
expect "would send secrets in the clear" "$ELEMENTKIT" serve --listen 0.0.0.0:0

# Wrong input: a clear message and a documented exit code.
export ELEMENTKIT_DATABASE=$work/other.db
export BRIGHTTALK_API_KEY=1
[ "$(BRIGHTTALK_API_SECRET=wrong code "$ELEMENTKIT" connect brighttalk)" = 3 ]
expect "Failed to authenticate with the provider" env BRIGHTTALK_API_SECRET=wrong "$ELEMENTKIT" connect brighttalk
[ "$(code "$ELEMENTKIT" instances get 7)" = 4 ]
expect "elementkit connect brighttalk" "$ELEMENTKIT" records channels
expect "there is no database" "$ELEMENTKIT" --database /nowhere/at/all.db instances list
expect "cannot be opened" "$ELEMENTKIT" --database /nowhere/at/all.db secrets
export BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF
[ "$(ELEMENTKIT_BRIGHTTALK_URL=http://127.0.0.1:9 code "$ELEMENTKIT" connect brighttalk)" = 6 ]
"$ELEMENTKIT" connect brighttalk | grep -q Connected
[ "$(code "$ELEMENTKIT" bulk query 'select nonsense')" = 5 ]
"$ELEMENTKIT" completions bash | grep -q elementkit
# Neither secrets nor personal data are stored unencrypted.
absent -a -r -e 0123456789ABCDEF0123456789ABCDEF -e "@example.org" "$work"/served.db* "$work"/other.db*
# The snippets of the documentation.
for name in DATABASE BRIGHTTALK_URL USER_SECRET ORGANIZATION_SECRET; do unset "ELEMENTKIT_$name"; done
snippets=$PWD/docs/snippets/command
command_snippet() { PATH="$(dirname "$ELEMENTKIT"):$PATH" bash -euo pipefail "$snippets/$1.sh"; }
run_snippets "$work/snippets" command_snippet
echo "the command line does what it says"

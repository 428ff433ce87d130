# Writes the document of a served engine to $work/openapi.json. Sourced, never run.
debian curl
"$ELEMENTKIT" --database "$work/document.db" serve --listen 127.0.0.1:0 > "$work/serve" 2> "$work/serve.log" &
until [ -s "$work/serve" ]; do sleep 0.05; done
origin=$(sed 's/.*"baseUrl":"\([^"]*\)\/elements\/api-v2".*/\1/' "$work/serve")
curl -sS --fail --output "$work/openapi.json" "$origin/openapi.json"

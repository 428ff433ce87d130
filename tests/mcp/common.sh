# Shared code of the tests of the server for assistants. Sourced, never run.

# Starts two simulated services and a database in a folder that is connected to both. Sets MCP_FOLDER and ELEMENTKIT_DATABASE.
world() { # folder
  local folder=$1 of_testbed
  rm -rf "$folder"
  mkdir -p "$folder/files"
  "$ELEMENTKIT" sandbox --subscribers 400 --channels 2 --webcasts-per-channel 4 > "$folder/sandbox" 2> /dev/null &
  "$(dirname "$ELEMENTKIT")/testbed-serve" --accounts 12 > "$folder/testbed" &
  until [ -s "$folder/sandbox" ] && [ -s "$folder/testbed" ]; do sleep 0.05; done
  of_testbed() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$folder/testbed"; }
  export MCP_FOLDER=$folder ELEMENTKIT_DATABASE=$folder/agents.db ELEMENTKIT_BRIGHTTALK_URL BRIGHTTALK_API_KEY=1
  export BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF
  ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$folder/sandbox")
  "$ELEMENTKIT" connect brighttalk > "$folder/connected"
  "$ELEMENTKIT" elements import docs/snippets/data/crm.json >> "$folder/connected"
  "$ELEMENTKIT" connect tinycrm --set base.url="$(of_testbed vendorUrl)" --set access.token="$(of_testbed token)" >> "$folder/connected"
}

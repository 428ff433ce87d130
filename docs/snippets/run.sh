# Runs the snippets of the documentation in one language. Sourced after tests/suites/common.sh, never run.

# run_snippets FOLDER COMMAND…: runs `COMMAND TOPIC` for each topic of expected.txt, in a new folder below FOLDER with the
# data and a file `env`, which sets the variables of a sandbox, of a vendor that can be written to, and of a platform.
run_snippets() {
  local folder=$1 source=$PWD/docs/snippets topic file pattern
  shift
  debian jq
  rm -rf "$folder"
  mkdir -p "$folder"
  "$ELEMENTKIT" sandbox --subscribers 40 --channels 2 > "$folder/sandbox" 2> /dev/null &
  local sandbox=$!
  "$(dirname "$ELEMENTKIT")/testbed-serve" --accounts 5 > "$folder/testbed" &
  local testbed=$!
  until [ -s "$folder/sandbox" ] && [ -s "$folder/testbed" ]; do sleep 0.05; done
  of_testbed() { jq -r ".$1" "$folder/testbed"; }
  cat > "$folder/env" <<END
export ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$folder/sandbox") BRIGHTTALK_API_KEY=1
export BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF CRM_URL=$(of_testbed vendorUrl) CRM_TOKEN=$(of_testbed token)
END
  cat > "$folder/platform" <<END
export ELEMENTKIT_BASE_URL=$(of_testbed baseUrl) ELEMENTKIT_USER_SECRET=$(of_testbed user)
export ELEMENTKIT_ORGANIZATION_SECRET=$(of_testbed organization)
END
  (. "$folder/platform" && "$ELEMENTKIT" connect testbed --name snippets --set testbed.access.token="$(of_testbed token)" > "$folder/connected")
  local ran=0
  for topic in $(sed -n 's/^\([a-z]*\) .*/\1/p' "$source/expected.txt" | uniq); do
    mkdir "$folder/$topic"
    cp "$source"/data/* "$folder/$topic/"
    cp "$folder/env" "$folder/$topic/env"
    # Only one snippet uses the platform; the command would use it for all.
    [ "$topic" != hosted ] || cat "$folder/platform" >> "$folder/$topic/env"
    (cd "$folder/$topic" && . ./env && "$@" "$topic") > "$folder/$topic/out.txt" ||
      { echo "the snippet $topic fails: $*"; cat "$folder/$topic/out.txt"; return 1; }
    ran=$((ran + 1))
  done
  kill $sandbox $testbed
  while read -r topic file pattern; do
    find "$folder/$topic" -regextype posix-extended -regex ".*/$file" -exec grep -aqE -- "$pattern" {} + -print | grep -q . ||
      { echo "the snippet $topic: no line of $file matches $pattern"; cat "$folder/$topic/out.txt"; return 1; }
  done < <(grep -v '^#' "$source/expected.txt")
  echo "$ran snippets do what they say"
}

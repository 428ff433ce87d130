# The Python package, with the library that the other suites use: all client scenarios, types, conventions, examples.
# `./test long sdist` builds and installs it as a user does.
set -euo pipefail
. tests/suites/common.sh
. docs/snippets/run.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v python3 >/dev/null || skip "needs Python 3.10 or newer"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip "needs Python 3.10 or newer"
build
venv=$ELEMENTKIT_CACHE/venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || { debian python3-venv; python3 -m venv "$venv"; }
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r bindings-python/requirements-test.txt
packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
rm -rf "$packages/elementkit"
cp -r bindings-python/python/elementkit "$packages/"
cp "$BUILT/lib_native.so" "$packages/elementkit/_native.abi3.so"
strip --strip-debug "$packages/elementkit/_native.abi3.so" 2>/dev/null || true
export ELEMENTKIT
(
  cd bindings-python
  "$venv/bin/python" -m mypy
  "$venv/bin/python" -m mypy.stubtest elementkit._native --ignore-disjoint-bases
  "$venv/bin/python" -m pyright --pythonpath "$venv/bin/python"
)
"$venv/bin/python" -m pytest --quiet --durations=5 bindings-python

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
"$ELEMENTKIT" sandbox --subscribers 500 > "$work/sandbox" 2>/dev/null &
until [ -s "$work/sandbox" ]; do sleep 0.05; done
export ELEMENTKIT_BRIGHTTALK_URL BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF
ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox")
"$venv/bin/python" bindings-python/examples/pull_contacts.py "$work" > "$work/example.txt"
grep -q contacts "$work/example.txt"
"$venv/bin/python" bindings-python/examples/to_duckdb.py "$work" | grep -q "contacts"
MPLBACKEND=Agg "$venv/bin/python" bindings-python/examples/engagement.py "$work"
[ -s "$work/engagement.png" ]
"$venv/bin/python" bindings-python/examples/incremental.py "$work" 2 > "$work/pulls.txt"
# When started again it continues where it was: it reads what the second pull read, not what the first did.
"$venv/bin/python" bindings-python/examples/incremental.py "$work" 1 >> "$work/pulls.txt"
sed 's/^pull [0-9]*: //' "$work/pulls.txt" | { read -r first && read -r second && read -r again && [ "$again" = "$second" ] && [ "$again" != "$first" ]; }
# With a vendor that can be written to, and access that a user grants: the browser follows the address by itself.
"$(dirname "$ELEMENTKIT")/testbed-serve" --accounts 5 > "$work/testbed" &
until [ -s "$work/testbed" ]; do sleep 0.05; done
told() { "$venv/bin/python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/testbed" "$1"; }
ELEMENTKIT_BASE_URL=$(told baseUrl) ELEMENTKIT_USER_SECRET=$(told user) ELEMENTKIT_ORGANIZATION_SECRET=$(told organization) \
  ELEMENTKIT_OAUTH_API_KEY=$(told clientId) ELEMENTKIT_OAUTH_API_SECRET=$(told clientSecret) \
  BROWSER="$venv/bin/python -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' %s &" \
  "$venv/bin/python" bindings-python/examples/granted_access.py testbedUser | grep -q "^instance [0-9]*: .*accounts"
# A source distribution contains what its build needs; `./test long sdist` installs one.
"$venv/bin/python" -m maturin sdist --manifest-path bindings-python/Cargo.toml --out "$work/sdist" > /dev/null 2>&1
tar -xzf "$work"/sdist/*.tar.gz -C "$work/sdist"
(cd "$work"/sdist/elementkit-*/ && [ -s LICENSE ] && [ -s README.md ] && cargo metadata --quiet --offline --format-version 1 > /dev/null)
# The examples of the README.
(cd "$work" && "$venv/bin/python" "$OLDPWD/bindings-python/tools/readme.py" "$OLDPWD/bindings-python/README.md" | "$venv/bin/python" - > readme.txt && [ -s contacts.csv ])
"$venv/bin/python" bindings-python/tools/readme.py bindings-python/README.md testbed | TESTBED=$(cat "$work/testbed") "$venv/bin/python" -
"$venv/bin/python" -m elementkit --version | grep -q elementkit
# The snippets of the documentation.
snippets=$PWD/docs/snippets/python
python_snippet() { "$venv/bin/python" "$snippets/$1.py"; }
run_snippets "$work/snippets" python_snippet
# A client that a public generator made.
bash tests/clients/python/run.sh
echo "the Python package does what it says"

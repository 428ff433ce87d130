# The Python package: built as a user would, all client scenarios, types, manners, examples.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v python3 >/dev/null || skip "needs Python 3.10 or newer"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip "needs Python 3.10 or newer"
cargo build --quiet --profile $PROFILE
venv=$ELEMENTKIT_CACHE/venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || { debian python3-venv; python3 -m venv "$venv"; }
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check ./bindings-python
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "pytest>=8,<10" "mypy>=1.11,<3"
export ELEMENTKIT
(cd bindings-python && "$venv/bin/python" -m mypy)
"$venv/bin/python" -m pytest --quiet bindings-python

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
"$ELEMENTKIT" sandbox --subscribers 500 > "$work/sandbox" 2>/dev/null &
until [ -s "$work/sandbox" ]; do sleep 0.05; done
export ELEMENTKIT_BRIGHTTALK_URL BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF
ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox")
"$venv/bin/python" bindings-python/examples/pull_contacts.py "$work" > "$work/example.txt"
grep -q contacts "$work/example.txt"
echo "the Python package does what it says"

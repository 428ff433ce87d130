# The console in a real browser: the way of a new user, and every screen against the rules of accessibility.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v npm >/dev/null || skip "needs Node 20 or newer"
debian chromium fonts-liberation
build
npm ci --silent --no-audit --no-fund --cache "$ELEMENTKIT_CACHE/npm" --prefix tests/console
# The script that pages use is that of its package.
cmp tests/console/node_modules/htmx.org/dist/htmx.min.js console/assets/htmx.min.js
export ELEMENTKIT CONSOLE_SCREENS="${CONSOLE_SCREENS:-$ELEMENTKIT_CACHE/console}"
node tests/console/smoke.mjs

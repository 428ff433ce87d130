# The documentation site: it builds without warnings (links, anchors, pages that the navigation lacks), and its pages
# request nothing from other hosts.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
docs/site/build
foreign=$(grep -rlE '<(script|img|iframe|link[^>]*rel="?(stylesheet|preload|preconnect|icon))[^>]*(src|href)="?(https?:)?//' target/site --include='*.html' || true)
[ -z "$foreign" ] || { echo "pages that request something from other hosts: $foreign"; exit 1; }
! grep -rqE '(@import|url\()["'"'"' ]*(https?:)?//' target/site/assets --include='*.css' || { echo "a style sheet requests something from other hosts"; exit 1; }
# Every snippet and every generated page arrived.
grep -q 'for="__tabbed_1_6"' target/site/index.html
grep -q "elementkit bulk query" target/site/reference/command.html
grep -q "/hubs/{hub}/" target/site/reference/rest.html
[ -s target/site/api/python/elementkit.html ] && [ -s target/site/api/node/index.html ] && [ -s target/site/api/rust/elementkit/index.html ]
echo "the documentation site is complete"

# The Swift package on Linux: all client scenarios, cancellation, errors, app life, examples. ELEMENTKIT_CALLS=10000 is
# the long form of the memory test.
set -euo pipefail
. tests/suites/common.sh
. tests/suites/swift.sh
. docs/snippets/run.sh
command -v cargo >/dev/null || skip "needs Rust"
build
package=$ELEMENTKIT_CACHE/swift-package
swift_package "$package"
# The documentation of the Rust source is included.
grep -q "Drops the call with its calls to the vendor." "$package/generated/elementkit_mobile.swift"
# Format, then the tests.
with_swift "$package" 'swift format lint --strict --recursive --configuration .swift-format Package.swift root Sources/ElementKit Tests Examples Rows Documented
(cd root && swift package dump-package >/dev/null)
timeout 900 swift test'
# The snippets of the documentation.
swift_snippet() { with_swift "$package" "cd snippets/$1; . ./env; /src/.build/debug/Snippets $1"; }
run_snippets "$package/snippets" swift_snippet

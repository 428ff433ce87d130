# Format, lints with warnings denied, and what no file may hold.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
cargo fmt --all --check
cargo run --quiet --profile $PROFILE -p xtask
cargo clippy --quiet --profile $PROFILE --workspace --all-targets -- -D warnings
# The client without the engine compiles.
cargo clippy --quiet --profile $PROFILE -p elementkit --no-default-features --features hosted -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --profile $PROFILE --no-deps -p elementkit
lines=$(wc -l < README.md)
[ "$lines" -lt 120 ] || { echo "README.md has $lines lines; 119 are the most"; exit 1; }
# The workflows, where their checker is there or can be built.
actionlint=$(command -v actionlint || true)
if [ -z "$actionlint" ] && command -v go >/dev/null; then
  actionlint=$ELEMENTKIT_CACHE/go/actionlint
  [ -x "$actionlint" ] || GOBIN=$ELEMENTKIT_CACHE/go go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
fi
if [ -n "$actionlint" ]; then "$actionlint"; else echo "actionlint is missing; the workflows are not checked"; fi

# Unit, property, integration and documentation tests of the core, the command and the simulator.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
cargo test --quiet --profile $PROFILE --workspace --no-fail-fast
# Which observed statements of the specification nothing proves.
cargo test --quiet --profile $PROFILE --workspace --test it every_observed -- --nocapture 2>&1 | grep "^observed statements"

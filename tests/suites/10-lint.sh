# Format, lints with warnings denied, and rules for all files.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
cargo fmt --all --check
cargo run --quiet --profile $PROFILE -p xtask
cargo clippy --quiet --profile $PROFILE "${EVERYTHING[@]}" --all-targets -- -D warnings
# The client without the engine compiles.
cargo clippy --quiet --profile $PROFILE -p elementkit --no-default-features --features hosted -- -D warnings
# So does the command without its optional parts, which is what `cargo run -- demo` builds.
cargo check --quiet --profile $PROFILE -p elementkit-cli
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --profile $PROFILE --no-deps "${EVERYTHING[@]}" --lib --exclude elementkit-mobile
lines=$(wc -l < README.md)
[ "$lines" -lt 120 ] || { echo "README.md has $lines lines; 119 are the most"; exit 1; }
# `./build` without a target is for this machine.
(. tests/suites/targets.sh && select_target '' && [ -n "$PREFIX$SUFFIX" ] && [ -n "$NPM" ])

# Checks of other tools. One that cannot run is named at the end, and is a failure with CI=true.
missing=()
# The Python code: ruff.toml.
RUFF=0.17.6
ruff=$ELEMENTKIT_CACHE/ruff-$RUFF
install_ruff() {
  [ -x "$ruff/bin/ruff" ] && return
  command -v python3 >/dev/null && python3 -m venv "$ruff" &&
    "$ruff/bin/python" -m pip install --quiet --disable-pip-version-check ruff==$RUFF
}
if install_ruff; then
  "$ruff/bin/ruff" format --quiet --check .
  "$ruff/bin/ruff" check --quiet .
else
  missing+=("the Python code (ruff $RUFF is installed with python3, its venv and pip)")
fi
# The JavaScript and TypeScript code: .prettierrc.json, .prettierignore and .editorconfig.
PRETTIER=3.10.1
prettier=$ELEMENTKIT_CACHE/prettier-$PRETTIER
install_prettier() {
  [ -x "$prettier/node_modules/.bin/prettier" ] && return
  command -v npm >/dev/null &&
    npm install --silent --no-audit --no-fund --cache "$ELEMENTKIT_CACHE/npm" --prefix "$prettier" prettier@$PRETTIER
}
if install_prettier; then
  "$prettier/node_modules/.bin/prettier" --log-level warn --check '**/*.{js,mjs,cjs,ts,mts,cts}'
else
  missing+=("the JavaScript code (prettier $PRETTIER is installed with npm)")
fi
# The workflows.
actionlint=$(command -v actionlint || true)
if [ -z "$actionlint" ] && command -v go >/dev/null; then
  actionlint=$ELEMENTKIT_CACHE/go/actionlint
  [ -x "$actionlint" ] || GOBIN=$ELEMENTKIT_CACHE/go go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
fi
if [ -n "$actionlint" ]; then "$actionlint"; else missing+=("the workflows (needs actionlint or Go)"); fi
if [ ${#missing[@]} -gt 0 ]; then
  printf 'SKIPPED: %s\n' "${missing[@]}"
  [ "${CI:-}" != true ]
fi

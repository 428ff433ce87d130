# Unit, property, integration and documentation tests of the core, the command and the simulator.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
log=$ELEMENTKIT_CACHE/rust.log
# Real servers that some tests call: an OpenID provider and a SOAP service on Node; Kinto, a provider of OAuth 1 and an OData
# service on Python; S3 over a folder. Tests whose server cannot be installed are skipped, which is a failure with CI=true.
for service in oidc soap; do
  npm ci --silent --no-audit --no-fund --cache "$ELEMENTKIT_CACHE/npm" --prefix "tests/$service" ||
    lacking="${lacking:+$lacking, }tests/$service (needs npm)"
done
kinto=$ELEMENTKIT_CACHE/kinto
[ -x "$kinto/bin/kinto" ] || { python3 -m venv "$kinto" && "$kinto/bin/python" -m pip install --quiet --disable-pip-version-check 'kinto>=26,<27'; } ||
  lacking="${lacking:+$lacking, }Kinto (needs python3 and its venv)"
[ ! -x "$kinto/bin/kinto" ] || export ELEMENTKIT_KINTO="$kinto/bin/kinto"
oauthlib=$ELEMENTKIT_CACHE/oauthlib
"$oauthlib/bin/python" -c 'import oauthlib' 2>/dev/null || { python3 -m venv "$oauthlib" && "$oauthlib/bin/python" -m pip install --quiet --disable-pip-version-check 'oauthlib>=3.3,<5'; } ||
  lacking="${lacking:+$lacking, }a provider of OAuth 1 (needs python3 and its venv)"
[ ! -x "$oauthlib/bin/python" ] || export ELEMENTKIT_OAUTHLIB="$oauthlib/bin/python"
s3=$ELEMENTKIT_CACHE/s3
if cargo build --quiet --locked --manifest-path tests/s3/Cargo.toml --target-dir "$s3"; then
  export ELEMENTKIT_S3="$s3/debug/s3-server"
else
  lacking="${lacking:+$lacking, }S3"
fi
odata=$ELEMENTKIT_CACHE/odata
"$odata/bin/python" -c 'import odata_query' 2> /dev/null || { python3 -m venv "$odata" && "$odata/bin/python" -m pip install --quiet --disable-pip-version-check 'odata-query==0.10.0'; } ||
  lacking="${lacking:+$lacking, }tests/odata (needs python3 and its venv)"
[ ! -x "$odata/bin/python" ] || export ELEMENTKIT_ODATA="$odata/bin/python"
if [ -n "${lacking:-}" ]; then
  echo "SKIPPED: tests that call $lacking"
  [ "${CI:-}" != true ]
fi
# The option that prints the time of each test needs RUSTC_BOOTSTRAP. Only the tests get it, by a runner: as a variable
# of cargo it would make build scripts run again.
host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
export "CARGO_TARGET_${host}_RUNNER=env RUSTC_BOOTSTRAP=1"
# Many tests wait for a socket or a pause, so more run at once than there are cores.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((2 * $(getconf _NPROCESSORS_ONLN)))}
failed=0
# Passed tests are not listed; other output is printed as it arrives.
cargo test --quiet --profile $PROFILE "${EVERYTHING[@]}" --lib --bins --tests --no-fail-fast -- \
  --format pretty -Z unstable-options --report-time 2>&1 | tee "$log" | grep --line-buffered -vE '^test .* ok <[0-9.]+s>$|^$' ||
  failed=1
cargo test --quiet --profile $PROFILE "${EVERYTHING[@]}" --doc --no-fail-fast || failed=1
echo "the slowest tests:"
sed -nE 's/^test (.*) \.\.\. .* <([0-9.]+)s>$/\2 s  \1/p' "$log" | sort -rn | sed -n '1,20s/^/  /p'
# Observed statements of the specification without a proof.
cargo test --quiet --profile $PROFILE "${EVERYTHING[@]}" --test it every_observed -- --nocapture 2>&1 | grep "^observed statements"
exit $failed

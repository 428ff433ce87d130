# The Kotlin package on the JVM: all client scenarios, cancellation, errors.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v mvn >/dev/null || debian maven
command -v javac >/dev/null || debian default-jdk-headless
build
rm -rf bindings-kotlin/target/generated
"$TARGET/$PROFILE/elementkit-bindgen" generate --library "$TARGET/$PROFILE/libelementkit_mobile.so" \
  --language kotlin --no-format --out-dir bindings-kotlin/target/generated/uniffi
export ELEMENTKIT
(cd bindings-kotlin && timeout 900 mvn --batch-mode --quiet -Delementkit.library="$TARGET/$PROFILE" test)

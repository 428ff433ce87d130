# The Kotlin package on the JVM: all client scenarios, cancellation, errors, app life, examples. ELEMENTKIT_CALLS=10000 is
# the long form of the memory test.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v mvn >/dev/null || debian maven
command -v javac >/dev/null || debian default-jdk-headless
build
rm -rf bindings-kotlin/target/generated
"$BUILT/elementkit-bindgen" generate --library "$BUILT/libelementkit_mobile.so" \
  --language kotlin --no-format --out-dir bindings-kotlin/target/generated/uniffi
# The words of the Rust source come along.
grep -rq "Drops the call with whatever it does at the vendor." bindings-kotlin/target/generated/uniffi
export ELEMENTKIT
run() {
  (cd bindings-kotlin && timeout 900 mvn --batch-mode --quiet -Delementkit.library="$BUILT" test)
}
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
  # With a disk to fill, which is gone when this ends.
  export -f run
  export BUILT ELEMENTKIT_SMALL_DISK="$PWD/bindings-kotlin/target/disk"
  mkdir -p "$ELEMENTKIT_SMALL_DISK"
  unshare -m --propagation private bash -euc 'mount -t tmpfs -o size=24m tmpfs "$ELEMENTKIT_SMALL_DISK"; run'
else
  run
fi

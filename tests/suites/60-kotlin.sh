# The Kotlin package on the JVM: all client scenarios, cancellation, errors, app life, examples. ELEMENTKIT_CALLS=10000
# is the long form of the memory test.
set -euo pipefail
. tests/suites/common.sh
. docs/snippets/run.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v mvn >/dev/null || debian maven
command -v javac >/dev/null || debian default-jdk-headless
# Format: .editorconfig.
KTLINT=1.7.1
ktlint=$ELEMENTKIT_CACHE/ktlint-$KTLINT
[ -s "$ktlint/ktlint-cli-$KTLINT-all.jar" ] ||
  mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    "-Dartifact=com.pinterest.ktlint:ktlint-cli:$KTLINT:jar:all" "-DoutputDirectory=$ktlint"
java -jar "$ktlint/ktlint-cli-$KTLINT-all.jar" --log-level=error --relative 'bindings-kotlin/src/**/*.kt' 'bindings-kotlin/examples/*.kt' 'docs/snippets/kotlin/*.kt' 'bench/packages/kotlin/*.kt'
build
rm -rf bindings-kotlin/target/generated
generate kotlin bindings-kotlin/target/generated/uniffi
# The documentation of the Rust source is included.
grep -rq "Drops the call with its calls to the vendor." bindings-kotlin/target/generated/uniffi
export ELEMENTKIT
run() {
  (cd bindings-kotlin && timeout 900 mvn --batch-mode --quiet -Delementkit.library="$BUILT" test)
}
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
  # With a disk to fill, which is removed at the end.
  export -f run
  export BUILT ELEMENTKIT_SMALL_DISK="$PWD/bindings-kotlin/target/disk"
  mkdir -p "$ELEMENTKIT_SMALL_DISK"
  unshare -m --propagation private bash -euc 'mount -t tmpfs -o size=24m tmpfs "$ELEMENTKIT_SMALL_DISK"; run'
else
  run
fi
# The snippets of the documentation.
(cd bindings-kotlin && mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=target/classpath)
classes=$PWD/bindings-kotlin/target/classes:$PWD/bindings-kotlin/target/test-classes:$(cat bindings-kotlin/target/classpath)
kotlin_snippet() { java -cp "$classes" -Djna.library.path="$BUILT" MainKt "$1"; }
run_snippets "$PWD/bindings-kotlin/target/snippets" kotlin_snippet

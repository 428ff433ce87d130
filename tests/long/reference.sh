#!/usr/bin/env bash
# Makes the references of Swift (DocC) and Kotlin (Dokka), which the documentation site includes.
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
. tests/suites/common.sh
. tests/suites/swift.sh
command -v mvn > /dev/null || debian maven default-jdk-headless
build
rm -rf target/reference
mkdir -p target/reference

generate kotlin bindings-kotlin/target/generated/uniffi
(cd bindings-kotlin && mvn --batch-mode --quiet org.jetbrains.dokka:dokka-maven-plugin:2.1.0:dokka)
cp -r bindings-kotlin/target/dokka target/reference/kotlin
# Pages request nothing from other hosts; this script would run examples on one.
find target/reference/kotlin -name '*.html' -exec sed -i 's#<script[^>]*kotlin-playground[^>]*></script>##' {} +

package=$ELEMENTKIT_CACHE/swift-package
swift_package "$package"
with_swift "$package" 'rm -rf symbols docc .reference && mkdir symbols docc
# In a folder of its own: what is compiled already has no symbols.
swift build --scratch-path .reference --target ElementKit -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc /src/symbols
mkdir symbols/own && mv symbols/ElementKit.symbols.json symbols/ElementKit@*.json symbols/own/
docc=$(command -v docc || echo /usr/libexec/swift/bin/docc)
$docc convert Sources/ElementKit/ElementKit.docc --additional-symbol-graph-dir symbols/own --output-path docc/out \
  --fallback-display-name ElementKit --fallback-bundle-identifier io.elementkit.ElementKit \
  --transform-for-static-hosting --hosting-base-path api/swift > docc/log 2>&1 || { cat docc/log; exit 1; }'
cp -r "$package/docc/out" target/reference/swift

# Every public type of the guide is there, and nothing of the generator of the bindings.
[ -s target/reference/swift/documentation/elementkit/platform/index.html ]
[ -s target/reference/kotlin/index.html ]
grep -rq "Platform" target/reference/kotlin/navigation.html
if grep -q "elementkit.internal" target/reference/kotlin/navigation.html; then echo "the reference of Kotlin has what is internal"; exit 1; fi
echo "the references of Swift and Kotlin are in target/reference"

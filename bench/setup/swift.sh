# The program in Swift with the package it uses, compiled in a work copy by the Swift that the suite uses.
. tests/suites/common.sh
. tests/suites/swift.sh
cache=$1 size=$2
work=$cache/swift
generate swift "$cache/swift-generated"
stamp=$(cat bindings-swift/Package.swift bindings-swift/Sources/ElementKit/*.swift bench/packages/swift/*.swift \
  "$cache/swift-generated/elementkit_mobile.swift" | sha256sum)
[ "$stamp" = "$(cat "$work/stamp" 2>/dev/null)" ] && exit
[ "$size" != tiny ] || { echo "takes minutes to compile, which a tiny run does not do"; exit 1; }
swift_package "$work"
with_swift "$work" 'swift build -c release --product Rows'
# A program that was built in a separate root directory needs the loader and the libraries of that root.
rm -f "$work/start"
command -v swift >/dev/null || swift_root > "$work/start"
echo "$stamp" > "$work/stamp"

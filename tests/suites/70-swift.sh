# The Swift package on Linux: all client scenarios, cancellation, errors, app life, examples. ELEMENTKIT_CALLS=10000 is
# the long form of the memory test.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
build

# A work copy: the package, what is generated, the library, the command and the scenarios side by side.
package=$ELEMENTKIT_CACHE/swift-package
mkdir -p "$package/Sources/elementkit_mobileFFI" "$package/Sources/ElementKitNative" "$package/lib" "$package/scenarios" "$package/generated"
rm -rf "$package/Sources/ElementKit" "$package/Tests" "$package/Examples"
cp -r bindings-swift/Package.swift bindings-swift/Tests bindings-swift/Examples "$package/"
cp -r bindings-swift/Sources/ElementKit "$package/Sources/"
cp tests/scenarios/client/*.json "$package/scenarios/"
cp "$BUILT/libelementkit_mobile.so" "$package/lib/"
cp "$ELEMENTKIT" "$package/lib/elementkit"
strip "$package/lib/libelementkit_mobile.so" "$package/lib/elementkit" 2>/dev/null || true
"$BUILT/elementkit-bindgen" generate --library "$BUILT/libelementkit_mobile.so" \
  --language swift --no-format --out-dir "$package/generated"
cp "$package/generated/elementkit_mobileFFI.h" "$package/Sources/elementkit_mobileFFI/"
cp bindings-swift/Sources/elementkit_mobileFFI/module.modulemap "$package/Sources/elementkit_mobileFFI/"
cp "$package/generated/elementkit_mobile.swift" "$package/Sources/ElementKitNative/"
# A target needs a source file of its own.
echo "// The header is generated." > "$package/Sources/elementkit_mobileFFI/empty.c"
# What apps name is a manifest of its own.
mkdir -p "$package/root"
cp Package.swift "$package/root/"
cp .swift-format "$package/"
# The words of the Rust source come along.
grep -q "Drops the call with whatever it does at the vendor." "$package/generated/elementkit_mobile.swift"

# Format, then the tests.
checks='swift format lint --strict --recursive --configuration .swift-format Package.swift root Sources/ElementKit Tests Examples
(cd root && swift package dump-package >/dev/null)
timeout 900 swift test'
if command -v swift >/dev/null; then
  cd "$package" && bash -euc "$checks"
  exit
fi
# No Swift here: a small root of a newer Debian has it.
[ "$(id -u)" = 0 ] || skip "needs Swift 6"
root=$ELEMENTKIT_CACHE/swift-root
if [ ! -x "$root/usr/libexec/swift/bin/swift-frontend" ]; then
  echo "installing Swift into $root (about 530 MB)"
  debian debootstrap
  rm -rf "$root"
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    --include=swiftlang,libc6-dev,libstdc++-14-dev trixie "$root" > "$ELEMENTKIT_CACHE/debootstrap.log" ||
    { tail -5 "$ELEMENTKIT_CACHE/debootstrap.log"; rm -rf "$root"; skip "cannot install Swift"; }
  rm -f "$root"/var/cache/apt/archives/*.deb
fi
unshare -m --propagation private bash -euc '
  mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"
  mkdir -p "$1/src"; mount --bind "$2" "$1/src"
  # A disk to fill.
  mount -t tmpfs -o size=24m tmpfs "$1/mnt"
  exec chroot "$1" /usr/bin/env -i HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 ELEMENTKIT_SMALL_DISK=/mnt \
    ELEMENTKIT_CALLS="$3" bash -euc "cd /src; $4"
' _ "$root" "$package" "${ELEMENTKIT_CALLS:-}" "$checks"

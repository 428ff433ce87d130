# The Swift package and its toolchain, for the suite and the benchmark. Sourced after common.sh, never run.

# Creates a work copy: the package, generated sources, the library, the command and the scenarios.
swift_package() {
  local package=$1
  mkdir -p "$package/Sources/elementkit_mobileFFI" "$package/Sources/ElementKitNative" "$package/lib" "$package/scenarios" "$package/generated"
  rm -rf "$package/Sources/ElementKit" "$package/Tests" "$package/Examples" "$package/Rows" "$package/Documented"
  cp -r bindings-swift/Package.swift bindings-swift/Tests bindings-swift/Examples "$package/"
  cp -r bindings-swift/Sources/ElementKit "$package/Sources/"
  cp -r docs/snippets/swift "$package/Documented"
  # Includes the program of the benchmark, so that it keeps compiling.
  cp -r bench/packages/swift "$package/Rows"
  cp tests/scenarios/client/*.json "$package/scenarios/"
  cp tests/scenarios/conditions.json "$package/"
  cp "$BUILT/libelementkit_mobile.so" "$package/lib/"
  cp "$ELEMENTKIT" "$package/lib/elementkit"
  cp "$BUILT/testbed-serve" "$package/lib/testbed-serve"
  strip "$package"/lib/* 2>/dev/null || true
  generate swift "$package/generated"
  cp "$package/generated/elementkit_mobileFFI.h" "$package/Sources/elementkit_mobileFFI/"
  cp bindings-swift/Sources/elementkit_mobileFFI/module.modulemap "$package/Sources/elementkit_mobileFFI/"
  cp "$package/generated/elementkit_mobile.swift" "$package/Sources/ElementKitNative/"
  # A target needs its own source file.
  echo "// The header is generated." > "$package/Sources/elementkit_mobileFFI/empty.c"
  # Apps use a separate manifest.
  mkdir -p "$package/root"
  cp Package.swift "$package/root/"
  cp .swift-format "$package/"
}

# Prints the root that contains Swift if no Swift is installed.
swift_root() { echo "$ELEMENTKIT_CACHE/swift-root"; }

# Installs Swift into a small root of a newer Debian.
swift_install() {
  local root
  root=$(swift_root)
  [ -x "$root/usr/libexec/swift/bin/swift-frontend" ] && return
  [ "$(id -u)" = 0 ] || skip "needs Swift 6"
  echo "installing Swift into $root (about 530 MB)"
  debian debootstrap
  rm -rf "$root" "$root.new"
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    --include=swiftlang,libc6-dev,libstdc++-14-dev trixie "$root.new" > "$ELEMENTKIT_CACHE/debootstrap.log" ||
    { tail -5 "$ELEMENTKIT_CACHE/debootstrap.log"; rm -rf "$root.new"; skip "cannot install Swift"; }
  rm -f "$root.new"/var/cache/apt/archives/*.deb
  mv "$root.new" "$root"
}

# Runs a script in a work copy: with the installed Swift, or in the root that contains it.
with_swift() {
  local package=$1 script=$2 root
  if command -v swift >/dev/null; then
    (cd "$package" && bash -euc "$script")
    return
  fi
  swift_install
  root=$(swift_root)
  [ "$(id -u)" = 0 ] || skip "needs Swift 6"
  unshare -m --propagation private bash -euc '
    mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"
    # The package manager locks a folder by its name, in /tmp: other users of this root must not wait for this one.
    mount -t tmpfs tmpfs "$1/tmp"
    mkdir -p "$1/src"; mount --bind "$2" "$1/src"
    # A disk to fill.
    mount -t tmpfs -o size=24m tmpfs "$1/mnt"
    exec chroot "$1" /usr/bin/env -i HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 ELEMENTKIT_SMALL_DISK=/mnt \
      ELEMENTKIT_CALLS="$3" bash -euc "cd /src; $4"
  ' _ "$root" "$package" "${ELEMENTKIT_CALLS:-}" "$script"
}

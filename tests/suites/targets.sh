# The targets of what is published, and how they are compiled. Sourced after common.sh, never run.
#
# A Linux target is compiled with Zig as C compiler and linker, which contains the headers and libraries of old versions of
# glibc and of musl; Zig and what calls it come from PyPI. The standard library of a target comes from rustup where that
# has it (`rustup target add`), else it is compiled in a root with the compiler and its sources that Debian has.

# name, Rust, glibc, tag of the wheel, package of npm, folder of JNA
TARGETS='
  x86_64-linux-gnu    x86_64-unknown-linux-gnu    2.28  manylinux_2_28  linux-x64-gnu     linux-x86-64
  aarch64-linux-gnu   aarch64-unknown-linux-gnu   2.28  manylinux_2_28  linux-arm64-gnu   linux-aarch64
  x86_64-linux-musl   x86_64-unknown-linux-musl   -     musllinux_1_2   linux-x64-musl    -
  aarch64-linux-musl  aarch64-unknown-linux-musl  -     musllinux_1_2   linux-arm64-musl  -
  x86_64-windows-gnu  x86_64-pc-windows-gnu       -     -               -                 win32-x86-64
  x86_64-windows      x86_64-pc-windows-msvc      -     -               win32-x64-msvc    win32-x86-64
  x86_64-macos        x86_64-apple-darwin         -     -               darwin-x64        darwin-x86-64
  aarch64-macos       aarch64-apple-darwin        -     -               darwin-arm64      darwin-aarch64
  universal2-macos    aarch64-apple-darwin        -     -               -                 -
'

# Sets RUST, GLIBC, WHEEL, NPM and JNA for a target, or for this machine if it is empty; ZIG is how it is compiled.
select_target() {
  local host name=$1
  host=$(rustc -vV | sed -n 's/^host: //p')
  ZIG=no STANDARD=() ROOTED=
  read -r _ RUST GLIBC WHEEL NPM JNA < <(awk -v name="$name" -v host="$host" 'NF && (name == "" ? $2 == host : $1 == name)' <<< "$TARGETS") ||
    { echo "no target ${name:-for $host}; there are $(awk '{print $1}' <<< "$TARGETS" | xargs)" >&2; exit 2; }
  [ "$WHEEL" != - ] && [ -n "$name" ] || WHEEL=
  case $RUST in
    *linux*) PREFIX=lib SUFFIX=.so EXE= ;;
    *darwin*) PREFIX=lib SUFFIX=.dylib EXE= ;;
    *windows*) PREFIX='' SUFFIX=.dll EXE=.exe ;;
  esac
  if [ -z "$name" ]; then
    RUST=
    return
  fi
  case $RUST in *linux* | *windows-gnu) ZIG=yes ;; esac
  if [ ! -d "$(rustc --print target-libdir --target "$RUST")" ]; then
    ROOTED=$(rust_root)
    STANDARD=(-Z build-std=std,panic_unwind)
    # There are no files of Rust that start a program of musl: those of Zig are linked.
    case $RUST in *musl) export RUSTFLAGS="${RUSTFLAGS:-} -C link-self-contained=no" ;; esac
    # Debian's compiler names libraries of its own MinGW that check the stack; nothing here calls them.
    case $RUST in
      *windows-gnu)
        mkdir -p "$TARGET/rooted/empty"
        printf '!<arch>\n' | tee "$TARGET/rooted/empty/libssp.a" > "$TARGET/rooted/empty/libssp_nonshared.a"
        export RUSTFLAGS="${RUSTFLAGS:-} -L $TARGET/rooted/empty"
        ;;
    esac
  fi
}

# Installs tools of PyPI into the cache; TOOLS is the folder of their programs.
tools() {
  local venv=$ELEMENTKIT_CACHE/release/tools
  [ -d "$venv" ] || python3 -m venv "$venv" || { debian python3-venv; python3 -m venv "$venv"; }
  TOOLS=$venv/bin
  [ -d "$TOOLS" ] || TOOLS=$venv/Scripts
  "$TOOLS/python" -m pip install --quiet --disable-pip-version-check "$@"
}

# Prints a root of Debian with a compiler and the sources of its standard library, for targets that are not installed.
rust_root() {
  local root=$ELEMENTKIT_CACHE/release/rust-root
  echo "$root"
  [ -x "$root/usr/bin/rustc" ] && return
  [ "$(id -u)" = 0 ] || { echo "the target is not installed: rustup target add $RUST" >&2; return 1; }
  debian debootstrap
  rm -rf "$root.new"
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    --include=ca-certificates,rustc,cargo,rust-src,gcc,libc6-dev testing "$root.new" > "$root.log" || { tail -5 "$root.log" >&2; return 1; }
  rm -f "$root.new"/var/cache/apt/archives/*.deb
  mv "$root.new" "$root"
}

# Runs a command with the tools, here or in the root, where the folders that it needs have their own names.
within() {
  if [ "$ZIG" = yes ]; then tools ziglang cargo-zigbuild "maturin>=1.9,<2"; fi
  [ -z "${TOOLS:-}" ] || export PATH="$TOOLS:$PATH"
  if [ -z "$ROOTED" ]; then
    "$@"
    return
  fi
  # There is no Python in the root.
  export CARGO_ZIGBUILD_ZIG_PATH CARGO_HOME="$ELEMENTKIT_CACHE/release/cargo" CARGO_TARGET_DIR="$TARGET/rooted"
  CARGO_ZIGBUILD_ZIG_PATH=$("$TOOLS/python" -c 'import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent / "zig")')
  mkdir -p "$CARGO_HOME" "$CARGO_TARGET_DIR"
  RUSTC_BOOTSTRAP=1 unshare -m --propagation private bash -euc '
    root=$1 tools=$2; shift 2
    mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/tmp"
    cp /etc/resolv.conf "$root/etc/"
    # The authorities that this machine trusts.
    [ ! -d /etc/ssl/certs ] || mount --bind /etc/ssl/certs "$root/etc/ssl/certs"
    for each in "$PWD" "$ELEMENTKIT_CACHE/release"; do
      mkdir -p "$root$each"; mount --bind "$each" "$root$each"
    done
    exec chroot "$root" /usr/bin/env --chdir="$PWD" HOME=/tmp PATH="$tools:/usr/bin:/bin" "$@"
  ' _ "$ROOTED" "$TOOLS" "$@"
}

# Compiles packages for the target, and sets COMPILED to the folder that contains the result: cargo's arguments.
compile() {
  case $ZIG in
    yes) within cargo-zigbuild zigbuild --quiet --profile "$profile" --target "$RUST$([ "$GLIBC" = - ] || echo ".$GLIBC")" ${STANDARD[@]+"${STANDARD[@]}"} "$@" ;;
    no) cargo build --quiet --profile "$profile" ${RUST:+--target "$RUST"} "$@" ;;
  esac
  COMPILED=$TARGET${ROOTED:+/rooted}${RUST:+/$RUST}/$([ "$profile" = dev ] && echo debug || echo "$profile")
}

# A library on musl is dynamic, a program is not.
dynamic_musl() {
  case $RUST in *musl) export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=-crt-static" ;; esac
}

# Removes the names from a library or program of the target. The compiler's own tool knows every machine.
strip_native() {
  strip "$1" 2>/dev/null || strip -x "$1" 2>/dev/null ||
    LD_LIBRARY_PATH=$(rustc --print sysroot)/lib "$(rustc --print target-libdir)/../bin/rust-objcopy" --strip-all "$1"
}

#!/usr/bin/env bash
# Builds what is published for Linux x86-64, and installs and runs it where there is no Rust and no compiler.
# Checks sizes and metadata as the registries do. It needs root, and takes an hour the first time. OTHER=yes also builds
# for aarch64 and Windows, and runs that under qemu and wine.
# usage: tests/long/artefacts.sh [STEP…]       STEP: wheel npm command image maven swift; arm arm-wheel windows
#                                              PROFILE=dist; ELEMENTKIT_BUILT=yes checks what target/artefacts contains
set -euo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"
# Before the suites' own PROFILE.
profile=${PROFILE:-dist}
. tests/suites/common.sh
. tests/suites/swift.sh
. tests/suites/targets.sh
[ "$(id -u)" = 0 ] || skip "needs root, to install a Debian without compilers"
out=$PWD/target/artefacts
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
[ $# -gt 0 ] || set -- wheel npm command image maven swift ${OTHER:+arm arm-wheel windows}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
report=() large=()
note() { report+=("$(printf '%-58s %9s  %s' "${1##*/}" "$(size "$1")" "$2")"); echo "$2: ${1##*/}"; }
size() { awk -v bytes="$(stat -c %s "$1")" 'BEGIN { printf "%.2f MB", bytes / 1e6 }'; }
# A budget in bytes holds for what is published, not for quick builds.
within_budget() {
  [ "$profile" != dist ] || [ "$(stat -c %s "$1")" -le "$2" ] || large+=("${1##*/} has $(size "$1"); at most $2 bytes are allowed")
}
make() { [ -n "${ELEMENTKIT_BUILT:-}" ] || ./build "$@" --profile "$profile"; }
# Debian 13 in a folder of the cache: name, packages, then options of debootstrap.
debian_root() {
  local folder=$ELEMENTKIT_CACHE/release/$1
  [ ! -d "$folder" ] || return 0
  debian debootstrap
  rm -rf "$folder.new"
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg --include="$2" "${@:3}" trixie "$folder.new" > "$work/root.log" ||
    { tail -5 "$work/root.log"; exit 1; }
}
# Runs a script in a root, with the work folder at /work. It replaces the shell, which is therefore one of its own, so
# that a signal to what runs in the background reaches it.
in_root() {
  exec unshare -m --propagation private bash -euc '
    mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; mount -t tmpfs tmpfs "$1/tmp"
    mkdir -p "$1/work"; mount --bind "$2" "$1/work"; cp /etc/resolv.conf "$1/etc/"
    exec chroot "$1" /usr/bin/env -i HOME=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
      ELEMENTKIT_BRIGHTTALK_URL="${ELEMENTKIT_BRIGHTTALK_URL:-}" BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF \
      bash -euc "cd /work; $3"
  ' _ "${root:-$bare}" "$work" "$1"
}
demo='demo --contacts 1000 --output demo.csv'
demo_wrote() { [ "$(wc -l < "$work/demo.csv")" -gt 900 ] && rm "$work/demo.csv"; }

# A Debian with Python, Node and a JVM, and nothing that compiles.
bare=$ELEMENTKIT_CACHE/release/bare-root
debian_root bare-root ca-certificates
if [ -d "$bare.new" ]; then
  (root=$bare.new; in_root 'apt-get update -qq && apt-get install -qq -y --no-install-recommends python3-venv nodejs npm default-jre-headless && apt-get clean') > "$work/root.log" 2>&1
  mv "$bare.new" "$bare"
fi
for compiler in gcc cc clang rustc cargo; do [ ! -e "$bare/usr/bin/$compiler" ] || { echo "the bare root has $compiler"; exit 1; }; done

# Starts a sandbox as the vendor, by the command or by that of the wheel.
sandbox() {
  [ -z "${ELEMENTKIT_BRIGHTTALK_URL:-}" ] || return 0
  local command=./elementkit static=$out/elementkit-$version-x86_64-linux-musl
  if [ -f "$static" ]; then
    cp "$static" "$work/elementkit"
  else
    if [ -z "$(wheel_of x86_64)" ]; then
      echo "no sandbox: run the step wheel or command first, or set ELEMENTKIT_BRIGHTTALK_URL to one that is running"
      exit 1
    fi
    cp "$(wheel_of x86_64)" "$work/"
    (in_root 'python3 -m venv sandbox-venv && sandbox-venv/bin/pip install --quiet --no-index *.whl')
    command=sandbox-venv/bin/elementkit
  fi
  in_root "exec $command sandbox --subscribers 500" > "$work/sandbox" 2> /dev/null &
  until [ -s "$work/sandbox" ]; do sleep 0.05; done
  export ELEMENTKIT_BRIGHTTALK_URL; ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$work/sandbox")
}
# Runs a program of the READMEs, which writes contacts.csv: name, artefact, script.
program() {
  sandbox
  rm -rf "$work/app" && mkdir "$work/app"
  [ ! -d "$work/$1" ] || cp -r "$work/$1/." "$work/app/"
  (in_root "cd app; $3") > "$work/$1.txt"
  [ "$(wc -l < "$work/app/contacts.csv")" -gt 100 ] || { echo "$1 wrote no contacts"; exit 1; }
  note "$2" "the README's program in the bare root"
}
wheel_of() { ls -t "$out/elementkit-$version"-cp*"$1".whl 2>/dev/null | head -1 || true; }
python_program() { python3 bindings-python/tools/readme.py bindings-python/README.md > "$work/program.py"; }

step_wheel() {
  make python --target x86_64-linux-gnu
  local wheel
  wheel=$(wheel_of x86_64)
  within_budget "$wheel" 8000000
  tools twine auditwheel
  "$TOOLS/twine" check --strict "$wheel"
  "$TOOLS/auditwheel" show "$wheel" | grep manylinux_2_28 > /dev/null || [ "$profile" != dist ]
  python_program
  cp "$wheel" "$work/"
  program python "$wheel" "python3 -m venv venv && venv/bin/pip install --quiet --no-index ../${wheel##*/} && venv/bin/python ../program.py && venv/bin/elementkit --version"
}

step_npm() {
  make node --target x86_64-linux-gnu
  local main=$out/elementkit-$version.tgz native=$out/elementkit-linux-x64-gnu-$version.tgz tarball
  within_budget "$native" 8000000
  (cd bindings-node && npm ci --silent --no-audit --no-fund --cache "$ELEMENTKIT_CACHE/npm")
  (cd bindings-node && npx --no-install publint run --strict "$main" && npx --no-install attw --quiet "$main")
  for tarball in "$main" "$native"; do npm publish --dry-run --provenance=false --silent "$tarball" > /dev/null; done
  cp "$main" "$native" "$work/"
  mkdir "$work/node" && node bindings-node/tools/readme.mjs "$work/node"
  bindings-node/node_modules/.bin/tsc --target ES2022 --module NodeNext --skipLibCheck --noCheck "$work"/node/*.?ts 2>/dev/null || true
  program node "$native" "npm init --yes >/dev/null && npm install --silent --offline --no-audit --no-fund ../${native##*/} ../${main##*/} && node module.mjs x.db && node common.cjs y.db"
}

step_command() {
  make command --target x86_64-linux-musl
  local static=$out/elementkit-$version-x86_64-linux-musl
  within_budget "$static" 15000000
  # It has no interpreter of dynamic libraries.
  case $(readelf --program-headers --wide "$static") in *INTERP*) echo "${static##*/} is not static"; exit 1 ;; esac
  cp "$static" "$work/elementkit"
  (in_root "./elementkit $demo && ./elementkit --version") > "$work/demo.txt"
  demo_wrote
  note "$static" "demo in the bare root"
}

# An app that Maven builds with the jar from a repository; its classes and libraries then run in the bare root.
step_maven() {
  make kotlin --target x86_64-linux-gnu
  local jar=$out/maven/io/elementkit/elementkit/$version/elementkit-$version.jar
  within_budget "$jar" 8000000
  tests/suites/bundle.sh "$out/maven"
  cp -r tests/install/maven "$work/maven"
  mkdir -p "$work/maven/src/main/kotlin"
  python3 tests/install/readme.py kotlin bindings-kotlin/README.md > "$work/maven/src/main/kotlin/App.kt"
  rm -rf "$HOME/.m2/repository/io/elementkit"
  (cd "$work/maven" && mvn --batch-mode --quiet "-Delementkit.repository=$out/maven" "-Delementkit.version=$version" package)
  program maven "$jar" 'java -cp "target/classes:target/libraries/*" AppKt'
}

# An app that SwiftPM builds with this folder as the package.
step_swift() {
  make swift
  sandbox
  mkdir -p "$work/swift/App/Sources/App" "$work/swift/elementkit/bindings-swift"
  cp tests/install/swift/Package.swift "$work/swift/App/"
  python3 tests/install/readme.py swift bindings-swift/README.md > "$work/swift/App/Sources/App/main.swift"
  cp Package.swift "$work/swift/elementkit/"
  cp -r bindings-swift/Sources bindings-swift/native "$work/swift/elementkit/bindings-swift/"
  with_swift "$work/swift" "cd App && export PKG_CONFIG_PATH=/src/elementkit/bindings-swift/native/lib LD_LIBRARY_PATH=/src/elementkit/bindings-swift/native/lib
ELEMENTKIT_BRIGHTTALK_URL=$ELEMENTKIT_BRIGHTTALK_URL BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF swift run --quiet" > "$work/swift.txt"
  [ "$(wc -l < "$work/swift/App/contacts.csv")" -gt 100 ]
  note bindings-swift/native/lib/libelementkit_mobile.so "a SwiftPM app"
}

contained() {
  exec unshare -m --propagation private bash -euc '
    mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; mount -t tmpfs -o uid=65532,gid=65532,mode=700 tmpfs "$1/data"
    exec chroot --userspec=65532:65532 "$1" "${@:2}"' _ "$work/image/root" "$@"
}
# The image, as its runtime starts it: not root, nothing to write to but /data.
step_image() {
  make image --target x86_64-linux-musl
  local image=$out/elementkit-$version-amd64.tar server
  mkdir -p "$work/image/layers" "$work/image/root"
  tar -xf "$image" -C "$work/image/layers"
  python3 - "$work/image" <<'PROGRAM'
import json, subprocess, sys
from pathlib import Path

folder = Path(sys.argv[1])
[manifest] = json.loads((folder / "layers/manifest.json").read_text())
for layer in manifest["Layers"]:
    subprocess.run(["tar", "-xf", folder / "layers" / layer, "-C", folder / "root"], check=True)
config = json.loads((folder / "layers" / manifest["Config"]).read_text())["config"]
assert config["User"] == "65532:65532" and config["Healthcheck"]["Test"] == ["CMD", "/elementkit", "health"], config
assert sorted(path.name for path in (folder / "root").iterdir()) == ["LICENSE", "data", "elementkit"]
PROGRAM
  export ELEMENTKIT_DATABASE=/data/elementkit.db
  contained /elementkit serve --listen 127.0.0.1:8088 --allow-insecure-http --log-format json > "$work/served" 2> "$work/served.log" &
  server=$!
  for _ in $(seq 100); do [ -s "$work/served" ] && break; sleep 0.1; done
  (contained /elementkit health)
  kill $server
  wait $server || true
  if (contained /elementkit health) 2>/dev/null; then echo "the health check finds a server that has ended"; exit 1; fi
  unset ELEMENTKIT_DATABASE
  note "$image" "served and checked as a chroot, read-only, user 65532"
}

step_arm() {
  debian qemu-user-static
  make command --target aarch64-linux-musl
  local static=$out/elementkit-$version-aarch64-linux-musl
  (cd "$work" && qemu-aarch64-static "$static" $demo > demo.txt)
  demo_wrote
  note "$static" "demo under qemu"
}

# A Python of that machine, which is unpacked and not installed.
step_arm-wheel() {
  debian qemu-user-static
  make python --target aarch64-linux-gnu
  local wheel arm=$ELEMENTKIT_CACHE/release/arm-root each
  wheel=$(wheel_of aarch64)
  within_budget "$wheel" 8000000
  debian_root arm-root python3 --foreign --arch=arm64
  if [ -d "$arm.new" ]; then
    for each in "$arm.new"/var/cache/apt/archives/*.deb; do dpkg -x "$each" "$arm.new"; done
    mv "$arm.new" "$arm"
  fi
  tools auditwheel
  "$TOOLS/python" -m pip install --quiet --no-index --no-deps --only-binary=:all: --platform manylinux_2_28_aarch64 --python-version 313 --target "$work/arm" "$wheel"
  python_program
  sandbox
  (cd "$work" && PYTHONHOME=$arm/usr PYTHONPATH=$work/arm BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF \
    qemu-aarch64-static -L "$arm" "$arm/usr/bin/python3" program.py > arm.txt && [ "$(wc -l < contacts.csv)" -gt 100 ])
  note "$wheel" "the README's program under qemu"
}

# The wine of Debian 13 has the random numbers that Rust takes from Windows 10; that of Debian 12 has not.
step_windows() {
  make command --target x86_64-windows-gnu
  local static=$out/elementkit-$version-x86_64-windows-gnu.exe wine=$ELEMENTKIT_CACHE/release/wine-root
  debian_root wine-root wine64
  [ ! -d "$wine.new" ] || mv "$wine.new" "$wine"
  cp "$static" "$work/elementkit.exe"
  (root=$wine; in_root "WINEDEBUG=-all /usr/lib/wine/wine64 elementkit.exe $demo") > "$work/demo.txt"
  demo_wrote
  note "$static" "demo under wine"
}

for step in "$@"; do
  [ "$(type -t "step_$step")" = function ] || { echo "no step $step" >&2; exit 2; }
  "step_$step"
done
printf '%s\n' "${report[@]}"
[ ${#large[@]} -eq 0 ] || { printf '%s\n' "${large[@]}"; exit 1; }

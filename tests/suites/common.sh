# Shared code of the suites. Sourced, never run.
SKIPPED=77
# The suites build what developers build, so that nothing is compiled twice. ELEMENTKIT_PROFILE=release tests optimized
# code.
PROFILE="${ELEMENTKIT_PROFILE:-dev}"
TARGET="${CARGO_TARGET_DIR:-$PWD/target}"
case $PROFILE in dev) BUILT="$TARGET/debug" ;; *) BUILT="$TARGET/$PROFILE" ;; esac
ELEMENTKIT="$BUILT/elementkit"

# All packages, and everything that is optional in the command. All suites build the same set, since another set may
# select other features of shared dependencies, which are then built again.
EVERYTHING=(--workspace --features elementkit-cli/full)
build() {
  cargo build --quiet --profile $PROFILE "${EVERYTHING[@]}"
}

# Generates the UniFFI bindings of a language from a native library with names: language, folder, library. What is
# generated for Kotlin is no part of the package's interface.
generate() {
  local library=${3:-$BUILT/libelementkit_mobile.so} file
  "$BUILT/elementkit-bindgen" generate --library "$library" --language "$1" --no-format --out-dir "$2"
  [ "$1" = kotlin ] || return 0
  file=$2/io/elementkit/internal/elementkit_mobile.kt
  sed -E -e 's/^public //' -e 's/^((open|data|sealed|enum|abstract) class|class|object|(fun )?interface|(inline )?fun|typealias) ?/internal &/' \
    -e 's/(\*\/|^    @Throws\([^)]*\)) ((suspend )?fun `)/\1 internal \2/' "$file" > "$file.new"
  mv "$file.new" "$file"
}

# Ends the suite as skipped, with the reason.
skip() {
  echo "SKIPPED: $*"
  exit $SKIPPED
}

# Installs missing Debian packages if possible.
debian() {
  local package missing=()
  for package in "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    skip "needs the packages ${missing[*]}"
  fi
  echo "installing ${missing[*]}"
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null; } || skip "cannot install ${missing[*]}"
}

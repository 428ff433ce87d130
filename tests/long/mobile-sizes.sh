#!/usr/bin/env bash
# Builds the native library of the Swift and Kotlin packages as apps get it and prints the size of its parts.
# With and without the engine, stripped; above the budgets of 6 and 2.5 MB it fails. It takes some minutes.
# usage: tests/long/mobile-sizes.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# KiB of code and constants by crate; libraries in C by the prefixes of their names.
by_crate() {
  nm --print-size --demangle "$1" | awk '
    NF > 3 && $3 ~ /[tTrRdD]/ {
      size = 0; digits = tolower($2)
      for (i = 1; i <= length(digits); i++) size = size * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1
      name = substr($0, length($1 $2 $3) + 4)
      if (name ~ /::/) { gsub(/^[<&*(\[]+|dyn |mut |const /, "", name); sub(/^[<&*(\[]+/, "", name); sub(/::.*/, "", name); crate = name }
      else if (name ~ /^(sqlite3|unix|vdbe|btree|pager|fts|json|where|select|expr|walk|mem|pcache|ptrmap|balance|yy)/) crate = "SQLite (C)"
      else if (name ~ /^(JS_|js_|lre_|__JS|unicode_|bc_|free_|find_|cr_|dtoa|opcode|string_|get_|resolve_|emit_|next_|skip_|add_)/) crate = "QuickJS (C)"
      else if (name ~ /^(ring_core|aes_|sha|gcm_|x25519|bn_|p256|p384|ecp_|chacha|poly)/) crate = "ring (C and assembly)"
      else if (name ~ /^(uniffi_|ffi_)/) crate = "elementkit_mobile"
      else crate = "other C and data"
      total[crate] += size
    }
    END { for (crate in total) printf "%8.0f KiB  %s\n", total[crate] / 1024, crate }' | sort -rn | sed -n 1,15p
}

# KiB of shared tables: for unwinding, and relocations.
tables() {
  readelf --section-headers --wide "$1" | sed 's/^ *\[ *[0-9]*\]//' | awk '
    function number(digits,    n, i) { for (i = 1; i <= length(digits); i++) n = n * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1; return n }
    $1 ~ /^\.(eh_frame|eh_frame_hdr|gcc_except_table)$/ { unwind += number($5) }
    $1 ~ /^\.rela\./ { places += number($5) }
    END { printf "%8.0f KiB  tables to unwind by\n%8.0f KiB  relocations\n", unwind / 1024, places / 1024 }'
}

large=0
# What is measured, its budget in bytes, cargo's arguments.
measure() {
  # Names are kept for the table; `strip` then does the same as the profile.
  CARGO_PROFILE_MOBILE_STRIP=none CARGO_INCREMENTAL=0 cargo build --quiet --profile mobile -p elementkit-mobile "${@:3}"
  local library=$target/mobile/libelementkit_mobile.so
  [ -f "$library" ] || library=$target/mobile/libelementkit_mobile.dylib
  cp "$library" "$work/library"
  strip "$work/library" 2>/dev/null || strip -x "$work/library"
  echo "$1: $(($(wc -c < "$work/library") / 1024)) KiB stripped, $(gzip -9 < "$work/library" | wc -c | awk '{print int($1 / 1024)}') KiB as a download"
  [ "$(wc -c < "$work/library")" -le "$2" ] || { echo "its budget is $(($2 / 1024)) KiB"; large=1; }
  by_crate "$library"
  if command -v readelf >/dev/null; then tables "$library"; fi
  echo
}

measure "with the engine" 6000000
measure "without the engine, hosted alone" 2500000 --no-default-features
exit $large

# Dependencies: licences and sources as deny.toml allows them, one TLS, a bill of materials, each unsafe explained.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
debian jq
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo metadata --format-version 1 --locked --all-features > "$work/metadata" 2>/dev/null

# Each licence expression must be satisfied by the allowed licences: one of each OR, all of each AND.
sed -n '/^allow = \[/,/^\]/p' deny.toml | grep -v '^ *#' | grep -o '"[^"]*"' | tr -d '"' > "$work/allowed"
jq -r '.packages[] | select(.source != null or (.manifest_path | contains("/vendor/"))) | [.name, .license // "none"] | @tsv' "$work/metadata" |
  awk -F'\t' -v allowed="$work/allowed" '
    BEGIN { while ((getline line < allowed) > 0) ok[line] = 1 }
    function met(text,    parts, choices, n, m, i, j, found) {
      gsub(/ *\/ */, " OR ", text); gsub(/[()]/, "", text)
      n = split(text, parts, " AND ")
      for (i = 1; i <= n; i++) {
        found = 0; m = split(parts[i], choices, " OR ")
        for (j = 1; j <= m; j++) if (choices[j] in ok) found = 1
        if (!found) return 0
      }
      return 1
    }
    !met($2) { print "licence not allowed: " $1 ": " $2; bad = 1 }
    END { exit bad }'
# Only the public registry, and one TLS.
sources=$(jq -r '[.packages[].source // empty] | unique[]' "$work/metadata")
[ "$(wc -l <<< "$sources")" = 1 ] || { echo "more than one source: $sources"; exit 1; }
for banned in openssl-sys native-tls aws-lc-sys; do
  if cargo tree --locked --workspace --all-features --target all -i "$banned" >/dev/null 2>&1; then
    echo "$banned is in the tree"; exit 1
  fi
done
# Vendored sources are a release and a patch; the release may be unreachable.
vendor/update --check > "$work/vendored" || [ $? = 77 ] || { cat "$work/vendored"; echo "vendor/ is not what vendor/update makes"; exit 1; }
# Packages for Python and Node have no runtime dependencies.
jq -e '.dependencies // {} | length == 0' bindings-node/package.json >/dev/null || { echo "the Node package brings others"; exit 1; }
if grep -q '^dependencies' bindings-python/pyproject.toml; then echo "the Python package brings others"; exit 1; fi
tests/suites/sbom.sh > "$work/sbom"
jq -e '(.components | length) > 100 and all(.components[]; .version != null)' "$work/sbom" >/dev/null

# Every unsafe block has an explanation within the three lines before it.
git ls-files '*.rs' | while read -r file; do
  awk -v file="$file" '
    /unsafe_code/ { for (i = 1; i <= 3; i++) if (last[i] ~ /\/\//) said = 1
                    if (!said && $0 !~ /\/\/|deny|forbid/) print file ":" NR ": unsafe without a reason"; said = 0 }
    { last[3] = last[2]; last[2] = last[1]; last[1] = $0 }' "$file"
done > "$work/unsafe"
[ ! -s "$work/unsafe" ] || { cat "$work/unsafe"; exit 1; }

if command -v cargo-deny >/dev/null; then cargo deny --all-features check; fi
echo "$(jq '.components | length' "$work/sbom") dependencies, all allowed"

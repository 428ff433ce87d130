# A smoke test of the benchmark: every contender that can be set up pulls a few rows, which must all be correct.
set -euo pipefail
. tests/suites/common.sh
command -v cargo >/dev/null || skip "needs Rust"
command -v python3 >/dev/null || skip "needs Python 3.10 or newer"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ELEMENTKIT_PROFILE=$PROFILE ./bench/run --tiny pull --output "$work/results.json" > "$work/table"
grep -q "elementkit bulk query" "$work/table"

# Every published figure comes from the JSON of a run: without one there are no tables.
if [ -e bench/results/published.json ]; then
  python3 -m bench.runner.report bench/results/published.json | cmp - bench/RESULTS.md
else
  ! grep -q '^|' bench/RESULTS.md || { echo "bench/RESULTS.md has tables without their JSON" >&2; exit 1; }
fi

# The check detects a truncated file, and one damaged character.
bench=$BUILT/bench
expected=$("$bench" expected 300)
"$bench" server --records 300 > "$work/url" &
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
until [ -s "$work/url" ]; do sleep 0.05; done
"$BUILT/floor" csv "$(cat "$work/url")" "$work/all.csv" > /dev/null
[ "$("$bench" check "$work/all.csv")" = "$expected" ]
head -n 300 "$work/all.csv" > "$work/short.csv"
[ "$("$bench" check "$work/short.csv")" != "$expected" ]
LC_ALL=C sed '0,/\xc3/s/\xc3/?/' "$work/all.csv" > "$work/damaged.csv"
if cmp -s "$work/all.csv" "$work/damaged.csv"; then echo "the damaged file is not damaged" >&2; exit 1; fi
[ "$("$bench" check "$work/damaged.csv")" != "$expected" ]
echo "the benchmark works, and its check finds what is wrong"

#!/usr/bin/env bash
# Runs the long forms of docs/trust.md one after the other, which takes some hours: `./test long [NAME…]`. Continues
# after a failure and lists the failures at the end. `./test long --list` prints the names. Each form is a script in
# tests/long.
set -uo pipefail
cd "$(dirname "$0")/../.."
export ELEMENTKIT_CACHE="${ELEMENTKIT_CACHE:-$PWD/.cache}"

# Cheap ones first.
known=(properties simulator doctor sdist mobile-sizes sizes artefacts reference nextjs signals console workers pipelines spark pipelines-speed airflow api memory uploads packages creation load chaos fuzz soak)
if [ "${1:-}" = --list ]; then
  for name in "${known[@]}"; do printf '%-16s %s\n' "$name" "$(sed -n '2s/^# //p' "tests/long/$name.sh")"; done
  exit
fi
for name in "$@"; do
  [ -f "tests/long/$name.sh" ] || { echo "unknown long form: $name; ./test long --list prints them" >&2; exit 2; }
done
[ $# -gt 0 ] || set -- "${known[@]}"
report=() failed=0
for name in "$@"; do
  echo "== $name"
  started=$SECONDS
  if "tests/long/$name.sh"; then verdict="passed  "; else verdict="FAILED  " failed=1; fi
  report+=("$verdict $name ($((SECONDS - started)) s)")
done
printf '%s\n' "" "${report[@]}"
exit $failed

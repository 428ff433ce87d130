# The contenders in Node, at pinned versions. Node looks for modules next to the scripts.
cache=$1
command -v npm >/dev/null || { echo "needs Node and npm"; exit 1; }
mkdir -p "$cache/node"
if ! cmp -s bench/contenders/node/package-lock.json "$cache/node/pins.json"; then
  cp bench/contenders/node/*.json "$cache/node/"
  npm ci --silent --ignore-scripts --no-audit --no-fund --prefix "$cache/node"
  cp bench/contenders/node/package-lock.json "$cache/node/pins.json"
fi
cp bench/contenders/node/*.mjs "$cache/node/"

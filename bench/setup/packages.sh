# The built packages for Python and Node.
. tests/suites/common.sh
cache=$1
mkdir -p "$cache/package"
cp -r bindings-python/python/elementkit "$cache/package/"
cp "$BUILT/lib_native.so" "$cache/package/elementkit/_native.abi3.so"
cp "$BUILT/libelementkit_node.so" "$cache/elementkit.node"

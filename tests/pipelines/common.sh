# Shared code of the tests of pipelines. Sourced, never run.
# Each tool has a separate environment, since their requirements contradict each other.

# Makes the environment NAME with these packages, and the Python package in it if it has been built.
environment() { # name, packages…
  venv=$ELEMENTKIT_CACHE/$1
  shift
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv" || { debian python3-venv; python3 -m venv "$venv"; }
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

# Makes a folder with the package as it was built, for PYTHONPATH: the environments are shared by builds.
package() { # folder
  cp -r bindings-python/python/elementkit "$1/"
  cp "$BUILT/lib_native.so" "$1/elementkit/_native.abi3.so"
  export PYTHONPATH=$1:$PWD/bindings-python/tests:$PWD/tests/pipelines
}

# Starts a simulated BrightTALK, with the variables by which a program finds it.
brighttalk() { # folder
  "$ELEMENTKIT" sandbox --subscribers 500 > "$1/sandbox" 2> /dev/null &
  until [ -s "$1/sandbox" ]; do sleep 0.05; done
  export BRIGHTTALK_API_KEY=1 BRIGHTTALK_API_SECRET=0123456789ABCDEF0123456789ABCDEF ELEMENTKIT_BRIGHTTALK_URL
  ELEMENTKIT_BRIGHTTALK_URL=$(head -1 "$1/sandbox")
}

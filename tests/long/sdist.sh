#!/usr/bin/env bash
# Installs the Python package from its source distribution into an empty environment, with only its build requirements.
# It takes minutes, since it builds in a separate folder. Set CARGO_TARGET_DIR to keep the build for the next run.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sdist=$(./build sdist)
python3 -m venv "$work/clean"
"$work/clean/bin/pip" install --quiet --disable-pip-version-check "$sdist"
cd "$work"
"$work/clean/bin/elementkit" --version
"$work/clean/bin/python" -c '
import elementkit, importlib.metadata as metadata
files = [str(file) for file in metadata.files("elementkit") or []]
assert any(file.endswith("licenses/LICENSE") for file in files), files
with elementkit.Platform.embedded("test.db") as platform:
    assert platform.instances.list() == []
'
echo "the source distribution installs, with its licence"

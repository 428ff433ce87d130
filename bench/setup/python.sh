# The contenders in Python, at pinned versions. The rows of the Python package run in the same environment.
cache=$1
pins=bench/contenders/python/requirements.txt
cmp -s $pins "$cache/python/pins.txt" && exit
python3 -m venv --clear "$cache/python"
"$cache/python/bin/python" -m pip install --quiet --disable-pip-version-check -r $pins
cp $pins "$cache/python/pins.txt"

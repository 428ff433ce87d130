# PyAirbyte, which pins libraries that others need newer, so it has a separate environment.
cache=$1 size=$2
pins=bench/contenders/python/airbyte.txt
cmp -s $pins "$cache/airbyte/pins.txt" && exit
[ "$size" = full ] || { echo "takes minutes to install, which only a full run does"; exit 1; }
python3 -m venv --clear "$cache/airbyte"
"$cache/airbyte/bin/python" -m pip install --quiet --disable-pip-version-check -r $pins
cp $pins "$cache/airbyte/pins.txt"

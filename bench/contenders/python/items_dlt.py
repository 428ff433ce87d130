"""The items of a JSON service: dlt's rest_api source, extracted, normalised and loaded as CSV into a folder."""

import os
import pathlib
import tempfile

home = tempfile.mkdtemp(prefix="bench-dlt-")
os.environ.update(
    DLT_DATA_DIR=home,
    RUNTIME__DLTHUB_TELEMETRY="false",
    RUNTIME__LOG_LEVEL="ERROR",
    NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION="true",
    DATA_WRITER__DISABLE_COMPRESSION="true",
)

import csv  # noqa: E402
import shutil  # noqa: E402

import dlt  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402

from common import arguments  # noqa: E402

options = arguments()
source = rest_api_source(
    {
        "client": {
            "base_url": options.url,
            "paginator": {"type": "page_number", "base_page": 1, "total_path": None, "stop_after_empty_page": True},
        },
        "resources": [
            {"name": "items", "endpoint": {"path": "items", "params": {"per_page": 100}, "data_selector": "items"}}
        ],
    }
)
try:
    folder = pathlib.Path(home, "out")
    pipeline = dlt.pipeline("items", destination=dlt.destinations.filesystem(folder.as_uri()), dataset_name="bench")
    pipeline.run(source, loader_file_format="csv").raise_on_failed_jobs()
    rows = total = 0
    for part in (folder / "bench" / "items").glob("*.csv"):
        with open(part, encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                rows += 1
                total += int(row["person__id"])
    print(f'{{"rows": {rows}, "sum": {total}}}')
finally:
    shutil.rmtree(home, ignore_errors=True)

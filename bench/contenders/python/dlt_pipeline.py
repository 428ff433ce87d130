"""dlt: a resource over httpx + lxml, extracted, normalised and loaded as CSV into a folder."""

import os
import pathlib
import tempfile

options_home = tempfile.mkdtemp(prefix="bench-dlt-")
os.environ.update(
    DLT_DATA_DIR=options_home,
    RUNTIME__DLTHUB_TELEMETRY="false",
    RUNTIME__LOG_LEVEL="ERROR",
    NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION="true",
    DATA_WRITER__DISABLE_COMPRESSION="true",
)

import shutil  # noqa: E402

import dlt  # noqa: E402

import lxml_reader  # noqa: E402
from common import COLUMNS, arguments  # noqa: E402

options = arguments()


@dlt.resource(name="contacts", columns={name: {"data_type": "text", "nullable": True} for name in COLUMNS})
def contacts():
    with lxml_reader.client(options) as http:
        for id in lxml_reader.channels(http):
            for rows in lxml_reader.pages(http, id):
                yield [dict(zip(COLUMNS, row)) for row in rows]


try:
    folder = pathlib.Path(options_home, "out")
    os.environ["SCHEMA__NAMING"] = "direct"
    pipeline = dlt.pipeline("contacts", destination=dlt.destinations.filesystem(folder.as_uri()), dataset_name="bench")
    pipeline.run(contacts(), loader_file_format="csv").raise_on_failed_jobs()
    # Joins the files under one header.
    with open(options.output, "w", encoding="utf-8", newline="") as out:
        header = False
        for part in sorted((folder / "bench" / "contacts").glob("*.csv")):
            with open(part, encoding="utf-8", newline="") as lines:
                first = lines.readline()
                if not header:
                    out.write(first)
                    header = True
                shutil.copyfileobj(lines, out)
finally:
    shutil.rmtree(options_home, ignore_errors=True)

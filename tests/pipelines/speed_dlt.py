"""Contacts into DuckDB by dlt: the source of ElementKit, whole or incremental, or a script over httpx and lxml.

usage: speed_dlt.py whole|incremental|script URL FOLDER RECORDS
"""

import pathlib
import sys
from argparse import Namespace

import dlt
import duckdb
import elementkit as ek
import elementkit.dlt

sys.path.append(str(pathlib.Path(__file__).parents[2] / "bench/contenders/python"))
import lxml_reader
from common import COLUMNS

way, url, folder, count = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])


@dlt.resource(
    name="contacts",
    write_disposition="replace",
    columns={name: {"data_type": "text", "nullable": True} for name in COLUMNS},
)
def contacts():
    with lxml_reader.client(Namespace(url=url, ca=None, concurrency=1)) as http:
        for channel in lxml_reader.channels(http):
            for rows in lxml_reader.pages(http, channel):
                yield [dict(zip(COLUMNS, row)) for row in rows]


database = folder / f"{way}.duckdb"
pipeline = dlt.pipeline(way, destination=dlt.destinations.duckdb(str(database)), dataset_name="speed")
if way == "script":
    pipeline.run(contacts()).raise_on_failed_jobs()
else:
    with ek.Platform.embedded(folder / f"{way}.db", brighttalk_url=url) as platform:
        bt = ek.brighttalk.connect(platform, api_key="1", api_secret="secret", keep_without_email=True)
        source = ek.dlt.source(bt, objects=["contacts"], incremental=way == "incremental")
        pipeline.run(source).raise_on_failed_jobs()
with duckdb.connect(str(database), read_only=True) as connection:
    found = connection.sql("select count(*), count(distinct id) from speed.contacts").fetchall()[0]
if found != (count, count):
    sys.exit(f"{way}: {found} instead of {count} contacts")

"""Typical code of a user of the Python package, in each way: ``rows.py WAY URL DATABASE``.
Prints the number of records and the sum of their user ids.
"""

import json
import os
import sys

import elementkit as ek

way, url, database = sys.argv[1:]


def told(rows, total):
    print(json.dumps({"rows": rows, "sum": total}))


def told_frame(frame):
    told(frame.height, int(frame["userId"].sum()))


def told_each(records):
    rows = total = 0
    for record in records:
        rows += 1
        total += record["userId"]
    told(rows, total)


if way == "hosted":
    with ek.Platform.hosted(url, user="user", organization="organization") as platform:
        told_each(platform.instances.with_token("token").records("contacts"))
else:
    with ek.Platform.embedded(database, brighttalk_url=url) as platform:
        bt = ek.brighttalk.connect(platform, keep_without_email=True)
        if way == "dicts":
            told_each(bt.records("contacts"))
        elif way == "records-polars":
            told_frame(bt.records("contacts").to_polars())
        elif way == "bulk-polars":
            job = bt.bulk.query("select * from contacts")
            job.wait()
            told_frame(job.to_polars())
        else:
            sys.exit(f"no such way: {way}")
# The shutdown of the interpreter is not measured.
sys.stdout.flush()
os._exit(0)

"""Pulls every contact into a DuckDB table and queries it.

Run it against a sandbox: ``elementkit sandbox`` prints the URL for ``ELEMENTKIT_BRIGHTTALK_URL``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb
import elementkit as ek


def main(folder: Path) -> None:
    url = os.environ.get("ELEMENTKIT_BRIGHTTALK_URL")
    with ek.Platform.embedded(folder / "elementkit.db", brighttalk_url=url) as platform:
        bt = ek.brighttalk.connect(platform)
        job = bt.bulk.query("select id, email, country, lastUpdated from contacts")
        job.wait()
        with duckdb.connect(str(folder / "contacts.duckdb")) as database:
            # DuckDB reads batch by batch: the contacts are never all in memory.
            database.register("pulled", job)
            database.execute("create or replace table contacts as select * from pulled")
            database.unregister("pulled")
    with duckdb.connect(str(folder / "contacts.duckdb")) as database:
        for country, count in database.execute(
            "select country, count(*) from contacts where country is not null group by 1 order by 2 desc, 1 limit 3"
        ).fetchall():
            print(f"{count:6} contacts in {country}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))

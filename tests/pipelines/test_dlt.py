"""The dlt source: pulls into DuckDB and Parquet over several runs, with late changes, failures and killed processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import elementkit as ek
import elementkit.dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed
from support import KEY, SECRET, Sandbox, defined, sandbox

OBJECTS = ["channels", "webcasts", "contacts", "surveys"]


@pytest.fixture(autouse=True)
def dlt_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")


@pytest.fixture
def vendor() -> Iterator[Sandbox]:
    with sandbox(subscribers=600, channels=3) as started:
        yield started


def connected(folder: Path, url: str, **options: Any) -> tuple[ek.Platform, ek.Instance]:
    platform = ek.Platform.embedded(folder / "elementkit.db", brighttalk_url=url, **options)
    given = {
        "brighttalk.api.key": KEY,
        "brighttalk.api.secret": SECRET,
        "brighttalk.bulkignore.emailnotpresent": "false",
    }
    return platform, platform.instances.connect("brighttalk", name="dlt", configuration=given)


def duck(folder: Path) -> Any:
    return dlt.pipeline("webinars", destination=dlt.destinations.duckdb(str(folder / "out.duckdb")), dataset_name="raw")


def rows(folder: Path, table: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "out.duckdb"), read_only=True) as database:
        return database.execute(f"select id, epoch_ms(last_updated) // 1000 from raw.{table} order by all").fetchall()


def truth(instance: ek.Instance, name: str) -> list[tuple[Any, ...]]:
    table = instance.records(name, page_size=5000).to_arrow().select(["id", "lastUpdated"]).to_pylist()
    return sorted((row["id"], int(row["lastUpdated"].timestamp())) for row in table)


def test_runs_merge_what_changed_and_replace_what_has_no_time_of_change(tmp_path: Path, vendor: Sandbox) -> None:
    platform, bt = connected(tmp_path, vendor.url)
    with platform:
        for step in range(3):
            duck(tmp_path).run(ek.dlt.source(bt, objects=OBJECTS))
            for name in ("channels", "webcasts", "contacts"):
                assert rows(tmp_path, name) == truth(bt, name), (step, name)
            # The clock moves by less than the overlap, so that changes come late.
            vendor.call("POST", "advance", {"seconds": 200, "new_subscribers": 20, "unsubscribes": 5, "updates": 30})
        before = len(vendor.requests())
        info = duck(tmp_path).run(ek.dlt.source(bt, objects=["contacts"]))
        assert not info.has_failed_jobs
        assert len(vendor.requests()) - before < 20
        with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as database:
            types = dict(database.execute("select column_name, data_type from information_schema.columns").fetchall())
            questions = database.execute("select json_array_length(questions) from raw.surveys limit 1").fetchone()
        assert types["last_updated"].startswith("TIMESTAMP")
        assert questions is not None and questions[0] > 0


def test_all_of_it_goes_to_parquet(tmp_path: Path, vendor: Sandbox) -> None:
    platform, bt = connected(tmp_path, vendor.url)
    with platform:
        destination = dlt.destinations.filesystem((tmp_path / "files").as_uri())
        pipeline = dlt.pipeline("files", destination=destination, dataset_name="raw")
        source = ek.dlt.source(bt, objects=["contacts"], incremental=False, fields={"contacts": ["id", "lastUpdated"]})
        for _ in range(2):
            pipeline.run(source, loader_file_format="parquet")
            found = duckdb.sql(
                f"select id, epoch_ms(last_updated) // 1000 from '{tmp_path}/files/raw/contacts/*.parquet'"
            )
            assert sorted(found.fetchall()) == truth(bt, "contacts")


def test_a_run_that_fails_is_repeated(tmp_path: Path, vendor: Sandbox) -> None:
    platform, bt = connected(tmp_path, vendor.url, max_outage=0.2)
    with platform:
        duck(tmp_path).run(ek.dlt.source(bt, objects=["contacts"]))
        vendor.call("POST", "advance", {"seconds": 200, "new_subscribers": 300, "unsubscribes": 5, "updates": 30})
        vendor.fault({"match": {"path": "*/1002/subscribers"}, "fault": {"type": "status", "status": 500}})
        with pytest.raises(PipelineStepFailed):
            duck(tmp_path).run(ek.dlt.source(bt, objects=["contacts"]))
        vendor.clear_faults()
        duck(tmp_path).run(ek.dlt.source(bt, objects=["contacts"]))
        assert rows(tmp_path, "contacts") == truth(bt, "contacts")


def test_a_killed_process_loses_nothing(tmp_path: Path, vendor: Sandbox) -> None:
    vendor.fault({"match": {"path": "*/subscribers"}, "fault": {"type": "slow_headers", "ms": 150}})
    arguments = [sys.executable, __file__, str(tmp_path), vendor.url]
    for seconds in (1.5, 2.5, 4.0):
        started = subprocess.Popen(arguments, env=os.environ, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        started.send_signal(signal.SIGKILL)
        started.wait()
        vendor.call("POST", "advance", {"seconds": 200, "new_subscribers": 20, "unsubscribes": 5, "updates": 30})
    vendor.clear_faults()
    subprocess.run(arguments, env=os.environ, check=True, timeout=120)
    platform, bt = connected(tmp_path, vendor.url)
    with platform:
        assert rows(tmp_path, "contacts") == truth(bt, "contacts")


def test_a_defined_element_is_a_source(tmp_path: Path) -> None:
    with defined(tmp_path, records=120) as element, ek.Platform.embedded(tmp_path / "elementkit.db") as platform:
        desk = element.connect(platform)
        for step in range(2):
            duck(tmp_path).run(ek.dlt.source(desk, objects=["tickets"]))
            with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as database:
                found = dict(database.execute("select id, subject from raw.tickets").fetchall())
            assert found == {ticket["id"]: ticket["subject"] for ticket in desk.records("tickets")}, step
            assert len(found) == 120
            ticket = next(iter(desk.records("tickets")))
            desk.records("tickets").update(ticket["id"], {"subject": f"changed {step}", "changed": element.now()})


def test_a_wrong_instance_is_refused() -> None:
    with pytest.raises(TypeError, match="Instance of the synchronous platform"):
        ek.dlt.source("brighttalk")  # type: ignore[arg-type]


if __name__ == "__main__":
    opened, connected_instance = connected(Path(sys.argv[1]), sys.argv[2])
    with opened:
        duck(Path(sys.argv[1])).run(ek.dlt.source(connected_instance, objects=["contacts"]))

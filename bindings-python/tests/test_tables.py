"""Results as tables, in each supported library."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from processes import KEY, SECRET, Sandbox

COUNT = 1000


@pytest.fixture
def job(tmp_path: Path, simulator: Sandbox) -> Iterator[ek.Job]:
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET, keep_without_email=True)
        job = bt.bulk.query("select id, email, subscribed, lastUpdated from contacts")
        job.wait()
        yield job


def test_pyarrow(job: ek.Job) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = job.to_arrow()
    assert table.num_rows == COUNT
    assert [str(column.type) for column in table.schema] == ["int64", "string", "bool", "timestamp[s, tz=UTC]"]
    assert len(set(table["id"].to_pylist())) == COUNT
    stream = job.table()
    assert pyarrow.table(stream).equals(table)
    with pytest.raises(ek.ConfigError, match="already used"):
        pyarrow.table(stream)


def test_polars(job: ek.Job) -> None:
    pytest.importorskip("polars")
    frame = job.to_polars()
    assert frame.shape == (COUNT, 4)
    assert frame["id"].n_unique() == COUNT


def test_pandas(job: ek.Job) -> None:
    pytest.importorskip("pandas")
    frame: Any = job.to_pandas()
    assert frame.shape == (COUNT, 4) and frame["id"].is_unique


def test_duckdb(job: ek.Job, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        contacts = job.to_arrow()
        counted = connection.sql("select count(*), count(distinct id) from contacts").fetchone()
        assert counted == (COUNT, COUNT) and contacts.num_rows == COUNT
        path = str(tmp_path / "contacts.parquet")
        job.download(path)
        assert connection.sql(f"select count(*) from '{path}'").fetchone() == (COUNT,)


def test_an_unused_stream_is_released(job: ek.Job) -> None:
    for _ in range(20):
        job.table()
    assert job.status()["status"] == "COMPLETED"


def test_a_missing_library_is_named(job: ek.Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ek.UnsupportedError, match="pip install polars"):
        job.to_polars()


@pytest.fixture
def contacts(tmp_path: Path, simulator: Sandbox) -> Iterator[ek.Records]:
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        yield bt.records("contacts", fields=["id", "email", "subscribed", "lastUpdated"], page_size=300)


TYPES = ["int64", "string", "bool", "timestamp[s, tz=UTC]"]


def test_records_are_an_arrow_stream(contacts: ek.Records) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = contacts.to_arrow()
    assert [str(column.type) for column in table.schema] == TYPES
    assert table.column_names == ["id", "email", "subscribed", "lastUpdated"]
    assert len(set(table["id"].to_pylist())) == table.num_rows == COUNT
    assert pyarrow.table(contacts).equals(table)
    assert table["id"].to_pylist() == [each["id"] for each in contacts]
    # Batches are made as pages arrive.
    reader = pyarrow.RecordBatchReader.from_stream(contacts.table())
    assert sum(batch.num_rows for batch in reader) == COUNT


def test_records_by_each_library(contacts: ek.Records) -> None:
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    assert polars.DataFrame(contacts).shape == contacts.to_polars().shape == contacts.to_pandas().shape == (COUNT, 4)
    with duckdb.connect() as connection:
        connection.register("pulled", contacts)
        assert connection.sql("select count(distinct id) from pulled").fetchone() == (COUNT,)


@pytest.mark.parametrize("library", ["to_arrow", "to_polars", "to_pandas", "table", "capsule", "stream", "job"])
def test_the_table_of_a_pull_counts_as_read(library: str, tmp_path: Path, simulator: Sandbox) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        pull = bt.sync("contacts", fields=["id", "email"], where=ek.field("id") > 0, channel=1001)
        assert pull.pending() == []
        with pytest.raises(ek.ConfigError, match="not been read"):
            pull.state()
        reads: dict[str, Callable[[], Any]] = {
            "table": lambda: pyarrow.table(pull.table()),
            "capsule": lambda: pyarrow.table(pull),
            "stream": lambda: pyarrow.ipc.open_stream(b"".join(pull.stream("arrow"))).read_all(),
            "job": lambda: pull.job.to_arrow(),
        }
        found = reads.get(library, lambda: getattr(pull, library)())()
        assert found.shape[0] > 0 and found.shape[1] == 2
        # The state belongs to the same selection, however it is written.
        again = bt.sync("contacts", pull.state(), fields="id,email", where="id > 0", channel=[1001])
        assert again.to_arrow().num_rows < found.shape[0] / 10
        with pytest.raises(ek.ConfigError, match="another filter"):
            bt.sync("contacts", pull.state())


def test_columns_are_those_of_the_object(tmp_path: Path, simulator: Sandbox) -> None:
    pytest.importorskip("pyarrow")
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        channels = bt.records("channels").to_arrow()
        assert channels.num_rows == 2 and str(channels.schema.field("created").type) == "timestamp[s, tz=UTC]"
        # As in a bulk result.
        job = bt.bulk.query("select * from surveys")
        job.wait()
        assert bt.records("surveys").to_arrow().schema.equals(job.to_arrow().schema)
        with pytest.raises(ek.NotFoundError):
            bt.records("nonsense").table()


def test_batches(job: ek.Job) -> None:
    sizes = [len(batch) for batch in job.batches(size=300)]
    assert sizes == [300, 300, 300, 100]

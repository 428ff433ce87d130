"""Results as tables, by each library that takes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import elementkit as ek
import pytest
from conftest import KEY, SECRET, Sandbox

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
    with pytest.raises(ek.ConfigError, match="taken before"):
        pyarrow.table(stream)


def test_polars(job: ek.Job) -> None:
    pytest.importorskip("polars")
    frame = job.to_polars()
    assert frame.shape == (COUNT, 4)
    assert frame["id"].n_unique() == COUNT


def test_pandas(job: ek.Job) -> None:
    pytest.importorskip("pandas")
    frame = job.to_pandas()
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


def test_a_stream_that_nobody_takes_is_let_go(job: ek.Job) -> None:
    for _ in range(20):
        job.table()
    assert job.status()["status"] == "COMPLETED"


def test_a_missing_library_is_named(job: ek.Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ek.UnsupportedError, match="pip install polars"):
        job.to_polars()


def test_records_as_a_table(tmp_path: Path, simulator: Sandbox) -> None:
    pytest.importorskip("polars")
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        assert bt.records("channels").to_polars().height == 2


def test_batches(job: ek.Job) -> None:
    sizes = [len(batch) for batch in job.batches(size=300)]
    assert sizes == [300, 300, 300, 100]

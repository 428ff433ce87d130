"""Other threads run during every call that blocks."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit, urlunsplit

import elementkit as ek
import pytest
from processes import KEY, ORGANIZATION, SECRET, USER, process, sandbox, served

PAUSE = 0.1
"""Delay of every response."""
TICK = 0.005

SYNCHRONOUS: list[type] = [
    ek.Platform,
    ek.Elements,
    ek.Instances,
    ek.Instance,
    ek.Records,
    ek.Bulk,
    ek.Job,
    ek.Sync,
    ek.Definitions,
    ek.Transformations,
    ek.CommonResources,
]


class World:
    """Objects whose methods are called: a platform behind a slow line, an instance, a job, a pull."""

    def __init__(self, url: str, database: Path, brighttalk_url: str) -> None:
        self.database, self.brighttalk_url = database, brighttalk_url
        self.platform = ek.Platform.hosted(url, user=USER, organization=ORGANIZATION)
        self.bt = ek.brighttalk.connect(self.platform, api_key=KEY, api_secret=SECRET)
        # Its calls are rejected, after the same delay.
        self.nobody = self.platform.instances.with_token("nobody")
        self.records = self.bt.records("contacts", fields="id", page_size=50)
        self.job = self.bt.bulk.query("select id from contacts")
        self.job.wait()
        self.pull = self.bt.sync("contacts")
        self.pull.wait()
        self.definitions, self.mappings = self.platform.definitions(), self.platform.transformations()

    def open_and_close(self) -> None:
        ek.Platform.embedded(self.database, brighttalk_url=self.brighttalk_url).close()

    def open_from_env(self) -> None:
        with mock.patch.dict(os.environ, {"ELEMENTKIT_DATABASE": str(self.database)}):
            ek.Platform.embedded_from_env(brighttalk_url=self.brighttalk_url).close()


CALLS: dict[str, Callable[[World], object]] = {
    "Platform.embedded": World.open_and_close,
    "Platform.embedded_from_env": World.open_from_env,
    "Platform.close": World.open_and_close,
    "Platform.request": lambda w: w.platform.request("GET", "elements"),
    "Elements.__call__": lambda w: w.platform.elements(),
    "Elements.list": lambda w: w.platform.elements.list(),
    "Elements.get": lambda w: w.platform.elements.get("brighttalk"),
    "Elements.metadata": lambda w: w.platform.elements.metadata("brighttalk"),
    "Elements.configuration": lambda w: w.platform.elements.configuration("brighttalk"),
    "Elements.import_": lambda w: w.platform.elements.import_({}),
    "Elements.replace": lambda w: w.platform.elements.replace("x", {}),
    "Elements.export": lambda w: w.platform.elements.export("x"),
    "Elements.remove": lambda w: w.platform.elements.remove("x"),
    "Elements.check": lambda w: w.platform.elements.check({}),
    "Elements.oauth_url": lambda w: w.platform.elements.oauth_url("brighttalk"),
    "Instances.create": lambda w: w.platform.instances.create("brighttalk", name="x", configuration={}),
    "Instances.connect": lambda w: w.platform.instances.connect("brighttalk", name="x", configuration={}),
    "Instances.connect_from_env": lambda w: w.platform.instances.connect_from_env(
        "brighttalk", name="x", configuration={"brighttalk.api.key": "x", "brighttalk.api.secret": "x"}
    ),
    "Instances.get": lambda w: w.platform.instances.get(1),
    "Instances.only": lambda w: w.platform.instances.only(),
    "Instances.list": lambda w: w.platform.instances.list(),
    "Instances.count": lambda w: w.platform.instances.count(),
    "Instances.delete": lambda w: w.platform.instances.delete(1),
    "Instance.update": lambda w: w.nobody.update({"name": "x"}),
    "Instance.patch": lambda w: w.nobody.patch({"name": "x"}),
    "Instance.enable": lambda w: w.nobody.enable(),
    "Instance.disable": lambda w: w.nobody.disable(),
    "Instance.delete": lambda w: w.nobody.delete(),
    "Instance.configuration": lambda w: w.nobody.configuration(),
    "Instance.configure": lambda w: w.nobody.configure(1, "x"),
    "Instance.rotate_token": lambda w: w.nobody.rotate_token(),
    "Instance.capabilities": lambda w: w.nobody.capabilities(),
    "Instance.metadata": lambda w: w.nobody.metadata("contacts"),
    "Instance.sync": lambda w: w.nobody.sync("contacts"),
    "Instance.ping": lambda w: w.bt.ping(),
    "Instance.objects": lambda w: w.bt.objects(),
    "Instance.call": lambda w: w.bt.call("GET", "channels"),
    "Records.create": lambda w: w.records.create({}),
    "Records.replace": lambda w: w.records.replace(1, {}),
    "Records.update": lambda w: w.records.update(1, {}),
    "Records.delete": lambda w: w.records.delete(1),
    "Records.page": lambda w: w.records.page(),
    "Records.pages": lambda w: next(w.records.pages()),
    "Records.__iter__": lambda w: next(iter(w.records)),
    "Records.to_list": lambda w: w.records.to_list(limit=120),
    "Records.table": lambda w: w.records.table(),
    "Records.to_arrow": lambda w: w.records.to_arrow(),
    "Records.to_pandas": lambda w: w.records.to_pandas(),
    "Records.to_polars": lambda w: w.records.to_polars(),
    "Bulk.query": lambda w: w.nobody.bulk.query("select id from contacts"),
    "Bulk.download": lambda w: w.nobody.bulk.download("contacts"),
    "Bulk.upload": lambda w: w.nobody.bulk.upload("contacts", b'{"email": "a@example.com"}'),
    "Bulk.job": lambda w: w.nobody.bulk.job("1").status(),
    "Bulk.list": lambda w: w.bt.bulk.list(),
    "Job.status": lambda w: w.job.status(),
    "Job.report": lambda w: w.job.report(),
    "Job.partitions": lambda w: w.job.partitions(),
    "Job.statuses": lambda w: list(w.job.statuses()),
    "Job.wait": lambda w: w.job.wait(),
    "Job.cancel": lambda w: w.job.cancel(),
    "Job.resume": lambda w: w.job.resume(),
    "Job.errors": lambda w: list(w.job.errors()),
    "Job.download": lambda w: w.job.download(w.database.with_suffix(".csv")),
    "Job.failed_records": lambda w: list(w.job.failed_records()),
    "Job.download_failed": lambda w: w.job.download_failed(w.database.with_suffix(".failed")),
    "Job.batches": lambda w: list(w.job.batches()),
    "Job.table": lambda w: w.job.table(),
    "Job.to_arrow": lambda w: w.job.to_arrow(),
    "Job.to_pandas": lambda w: w.job.to_pandas(),
    "Job.to_polars": lambda w: w.job.to_polars(),
    "Job.stream": lambda w: list(w.job.stream()),
    "Sync.wait": lambda w: w.pull.wait(),
    "Sync.download": lambda w: w.pull.download(w.database.with_suffix(".sync.csv")),
    "Sync.batches": lambda w: list(w.pull.batches()),
    "Sync.pending": lambda w: w.pull.pending(),
    "Sync.table": lambda w: w.pull.table(),
    "Sync.to_arrow": lambda w: w.pull.to_arrow(),
    "Sync.to_pandas": lambda w: w.pull.to_pandas(),
    "Sync.to_polars": lambda w: w.pull.to_polars(),
    "Sync.stream": lambda w: list(w.pull.stream()),
    "Sync.state": lambda w: w.bt.sync("contacts").state(),
    "Definitions.list": lambda w: w.definitions.list(),
    "Definitions.get": lambda w: w.definitions.get("x"),
    "Definitions.create": lambda w: w.definitions.create("x", {"fields": []}),
    "Definitions.replace": lambda w: w.definitions.replace("x", {"fields": []}),
    "Definitions.rename": lambda w: w.definitions.rename("x", "y"),
    "Definitions.delete": lambda w: w.definitions.delete("y"),
    "Transformations.list": lambda w: w.mappings.list(),
    "Transformations.get": lambda w: w.mappings.get("x"),
    "Transformations.create": lambda w: w.mappings.create("x", {"vendorName": "contacts", "fields": []}),
    "Transformations.replace": lambda w: w.mappings.replace("x", {"vendorName": "contacts", "fields": []}),
    "Transformations.delete": lambda w: w.mappings.delete("x"),
    "Transformations.execute": lambda w: w.mappings.execute("x", {}),
    "CommonResources.list": lambda w: w.platform.common_resources.list(),
    "CommonResources.get": lambda w: w.platform.common_resources.get("x"),
    "CommonResources.save": lambda w: w.platform.common_resources.save({"name": "z", "fields": []}),
    "CommonResources.rename": lambda w: w.platform.common_resources.rename("z", "q"),
    "CommonResources.delete": lambda w: w.platform.common_resources.delete("q"),
}
UNEVEN = {"Platform.embedded", "Platform.embedded_from_env", "Platform.close", "Sync.wait", "Elements.check"}
"""Methods that need no response of the slow line."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("blocking")
    with sandbox(subscribers=100, channels=1) as simulator, served(folder / "served.db", simulator.url) as url:
        parts = urlsplit(url)
        proxy = [sys.executable, str(Path(__file__).with_name("slow_proxy.py"))]
        with process([*proxy, str(parts.hostname), str(parts.port), str(PAUSE)]) as port:
            slow = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}"))
            yield World(slow, folder / "embedded.db", simulator.url)


def blocking() -> set[str]:
    """Returns the methods that await in the asynchronous classes, by their names in the synchronous ones."""
    found: set[str] = set()
    for each in SYNCHRONOUS:
        twin: type = getattr(ek, f"Async{each.__name__}")
        for name, method in inspect.getmembers(twin, inspect.isroutine):
            if name in ("__aenter__", "__aexit__") or (name.startswith("_") and not name.startswith("__")):
                continue
            awaits = inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)
            # A method that returns an iterator does not await; the iterator does.
            if awaits or name == "__aiter__":
                found.add(f"{each.__name__}.{name.replace('__aiter__', '__iter__')}")
    return found


def test_every_blocking_method_is_in_the_table() -> None:
    assert set(CALLS) == blocking()


@pytest.mark.parametrize("name", CALLS)
def test_other_threads_run_during_a_blocking_call(name: str, world: World) -> None:
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.wait(TICK):
            ticks += 1

    ticker = threading.Thread(target=tick)
    ticker.start()
    started = time.monotonic()
    # Many are rejected; that takes time, too.
    with contextlib.suppress(ek.ElementKitError):
        CALLS[name](world)
    took = time.monotonic() - started
    done.set()
    ticker.join()
    assert name in UNEVEN or took >= PAUSE
    assert ticks >= int(took / TICK / 10), f"{ticks} ticks in {took:.2f} s"

"""The data source of Spark: batches and streams on several executor processes, one of which is killed; secrets."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import elementkit as ek
import elementkit.spark
import pytest
from processes import KEY, ORGANIZATION, SECRET, USER, Sandbox, sandbox, served
from pyspark.sql import SparkSession
from support import defined

EXECUTORS = 3
START = int(time.time()) - 6 * 3600


class World:
    """A vendor, a served engine with an instance of it, and Spark."""

    def __init__(self, folder: Path, vendor: Sandbox, base_url: str) -> None:
        self.folder, self.vendor, self.base_url = folder, vendor, base_url
        self.platform = ek.Platform.hosted(base_url, user=USER, organization=ORGANIZATION)
        configuration = {"brighttalk.api.key": KEY, "brighttalk.api.secret": SECRET}
        configuration["brighttalk.bulkignore.emailnotpresent"] = "false"
        self.bt = self.platform.instances.connect("brighttalk", name="spark", configuration=configuration)
        os.environ.update(ELEMENTKIT_USER_SECRET=USER, ELEMENTKIT_ORGANIZATION_SECRET=ORGANIZATION)
        (folder / "events").mkdir()
        settings = {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": (folder / "events").as_uri(),
            "spark.executorEnv.ELEMENTKIT_USER_SECRET": USER,
            "spark.executorEnv.ELEMENTKIT_ORGANIZATION_SECRET": ORGANIZATION,
            "spark.executorEnv.PYTHONPATH": os.environ["PYTHONPATH"],
            "spark.sql.python.filterPushdown.enabled": "true",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.streaming.metricsEnabled": "false",
            "spark.ui.enabled": "false",
        }
        builder = SparkSession.builder.master(f"local-cluster[{EXECUTORS},1,1024]").appName("elementkit")
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.spark = builder.getOrCreate()
        self.spark.dataSource.register(elementkit.spark.ElementKitDataSource)
        self.clock = START

    def read(self, name: str, **options: str) -> Any:
        chosen = {"baseUrl": self.base_url, "object": name, "instance": str(self.bt.id), **options}
        return self.spark.read.format("elementkit").options(**chosen)

    def stream(self, name: str, **options: str) -> Any:
        chosen = {"baseUrl": self.base_url, "object": name, "instance": str(self.bt.id), "interval": "0", **options}
        return self.spark.readStream.format("elementkit").options(**chosen)

    def delay(self) -> str:
        """Returns the delay with which a span ends just after the vendor's present time."""
        return str(int(time.time()) - self.clock - 2)

    def change(self) -> None:
        """Changes contacts, five minutes after the present time of the vendor, and later."""
        for changes in ((0, 0, 0), (25, 5, 10)):
            step = dict(zip(("new_subscribers", "unsubscribes", "updates"), changes))
            self.vendor.call("POST", "advance", {"seconds": 300, **step})
            self.clock += 300

    def ids(self, name: str) -> list[int]:
        return sorted(record["id"] for record in self.bt.records(name, fields=["id"], page_size=5000))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("spark")
    with ExitStack() as started:
        # The vendor's clock is behind, so that changes can be dated after a span that was read.
        now = datetime.fromtimestamp(START, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        vendor = started.enter_context(sandbox(subscribers=4000, channels=8, now=now))
        base_url = started.enter_context(served(folder / "served.db", vendor.url, "--allow-private-vendors"))
        made = World(folder, vendor, base_url)
        yield made
        made.spark.stop()
        secrets_are_nowhere(folder)


def secrets_are_nowhere(folder: Path) -> None:
    """History and logs of the run must not have a secret."""
    logs = [*(folder / "events").rglob("*"), *Path(os.environ["SPARK_HOME"], "work").rglob("std*")]
    texts = [path.read_bytes() for path in logs if path.is_file()]
    assert len(texts) > EXECUTORS
    for secret in (USER, ORGANIZATION, SECRET):
        assert not any(secret.encode() in text for text in texts), secret


def test_each_partition_is_a_task(world: World) -> None:
    contacts = world.read("contacts").load()
    assert contacts.rdd.getNumPartitions() == 8
    rows = contacts.select("id", "lastUpdated", "email").collect()
    assert sorted(row.id for row in rows) == world.ids("contacts")
    known = {record["id"]: record for record in world.bt.records("contacts", page_size=5000)}
    for row in rows[:100]:
        assert row.lastUpdated.strftime("%Y-%m-%dT%H:%M:%SZ") == known[row.id]["lastUpdated"]
        assert row.email == known[row.id].get("email")
    assert world.read("contacts", numPartitions="3").load().rdd.getNumPartitions() == 3
    # The lists of webcasts are partitions too.
    assert world.read("registrations").load().rdd.getNumPartitions() > 8
    assert sorted(row.id for row in world.read("registrations").load().collect()) == world.ids("registrations")


def test_predicates_and_columns_reach_the_vendor(world: World) -> None:
    last = world.vendor.requests()[-1]["number"]
    contacts = world.read("contacts").schema("id bigint, email string, lastUpdated timestamp").load()
    some = contacts.where("lastUpdated >= '2024-03-01 00:00:00' and email like '%@example.org'")
    found = sorted(row.id for row in some.collect())
    calls = [call for call in world.vendor.requests() if call["number"] > last]
    # The vendor's dates are exclusive, so it gets the second before.
    assert any("ince=2024-02-29T23%3A59%3A59Z" in call["query"] for call in calls)
    condition = (ek.field("lastUpdated") >= "2024-03-01T00:00:00Z") & ek.field("email").like("%@example.org")
    assert found == sorted(record["id"] for record in world.bt.records("contacts", where=condition, page_size=5000))
    job = world.bt.bulk.job(max(world.bt.bulk.list(), key=lambda job: int(job["id"]))["id"])
    assert job.status()["recordsCount"] == len(found)
    columns = world.read("contacts", fields="email,id").load()
    assert columns.columns == ["email", "id"]
    assert some.where("email <> 'x' and lower(email) like 'user%'").count() == len(found)


def test_a_killed_executor_costs_no_row(world: World) -> None:
    target = str(world.folder / "contacts.parquet")

    def slowly(batches: Any) -> Any:
        for batch in batches:
            time.sleep(1.5)
            yield batch

    killed = threading.Timer(2.5, kill_an_executor)
    killed.start()
    slow = world.read("contacts", fields="id").load().mapInArrow(slowly, "id bigint")
    slow.write.mode("overwrite").parquet(target)
    killed.join()
    written = [row.id for row in world.spark.read.parquet(target).collect()]
    assert sorted(written) == world.ids("contacts")


def kill_an_executor() -> None:
    """Kills one of the executors that this process has started."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    url = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
    port = url.sparkContext.getConf().get("spark.driver.port")
    pattern = re.compile(rf"^\s*(\d+) .*CoarseGrainedExecutorBackend.*:{port}")
    pids = [int(found[1]) for line in listed.splitlines() if (found := pattern.match(line))]
    assert len(pids) == EXECUTORS
    os.kill(pids[0], signal.SIGKILL)


def test_a_stream_neither_loses_nor_repeats(world: World) -> None:
    target, checkpoint = str(world.folder / "stream"), str(world.folder / "checkpoint")

    def run() -> None:
        source = world.stream("contacts", delay=world.delay(), fields="id,lastUpdated").load()
        started = source.writeStream.format("parquet").option("path", target).option("checkpointLocation", checkpoint)
        # One run takes one span; what is changed meanwhile belongs to the next one.
        started.trigger(availableNow=True).start().awaitTermination(120)

    expected: set[tuple[int, str]] = set()
    for step in range(3):
        run()
        expected |= {(row["id"], row["lastUpdated"]) for row in world.bt.records("contacts", page_size=5000)}
        rows = [
            (row.id, row.lastUpdated.strftime("%Y-%m-%dT%H:%M:%SZ"))
            for row in world.spark.read.parquet(target).collect()
        ]
        assert len(rows) == len(set(rows)), "a change is repeated"
        assert set(rows) == expected, (step, "a change is lost")
        world.change()


def test_a_batch_that_is_repeated_has_the_same_rows(world: World) -> None:
    reader = elementkit.spark.ElementKitDataSource(
        {
            "baseUrl": world.base_url,
            "object": "contacts",
            "instance": str(world.bt.id),
            "interval": "0",
            "delay": world.delay(),
        }
    ).streamReader(world.read("contacts", fields="id").load().schema)
    start = reader.initialOffset()
    end = reader.latestOffset(start, None)
    assert end["job"]
    rows = [batch.to_pydict()["id"] for part in reader.partitions(start, end) for batch in reader.read(part)]
    world.change()
    again = [batch.to_pydict()["id"] for part in reader.partitions(start, end) for batch in reader.read(part)]
    assert rows == again
    # Of a result that is gone, the span is read again.
    lost = reader.partitions(start, {**end, "job": "999999"})
    assert sum(batch.num_rows for part in lost for batch in reader.read(part)) <= sum(map(len, rows))
    assert reader.partitions(end, end) == []


def test_a_defined_element_is_a_source(world: World, tmp_path: Path) -> None:
    with defined(tmp_path, records=120) as element:
        desk = element.connect(world.platform)
        tickets = world.read("tickets", instance=str(desk.id)).load()
        rows = tickets.collect()
        assert {row.id: row.subject for row in rows} == {
            each["id"]: each["subject"] for each in desk.records("tickets")
        }
        assert len(rows) == 120
        chosen = tickets.where(f"id = '{rows[7].id}'").collect()
        assert [row.subject for row in chosen] == [rows[7].subject]


def test_secrets_are_no_options(world: World, tmp_path: Path) -> None:
    for name in ("userSecret", "user", "token", "organization", "apiKey"):
        with pytest.raises(Exception, match="plans and logs show options"):
            world.read("contacts", **{name: "x"}).load()
    with pytest.raises(Exception, match="Did you mean 'fields'"):
        world.read("contacts", field="id").load()
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"userSecret": USER, "organizationSecret": ORGANIZATION}), encoding="utf-8")
    assert world.read("channels", secretsFile=str(secrets)).load().count() == 8

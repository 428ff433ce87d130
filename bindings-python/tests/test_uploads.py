"""Uploads beyond the scenarios: sources, arguments, cancellation, signals, and the example that syncs two instances."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from processes import ROOT, Writable, writable

EXAMPLE = ROOT / "bindings-python" / "examples" / "sync_instances.py"
DEFINITION = json.loads((ROOT / "tests/scenarios/client/bulk_upload.json").read_text(encoding="utf-8"))["values"][
    "definition"
]


@pytest.fixture
def crm(vendor: Writable) -> Iterator[ek.Instance]:
    with vendor.platform() as platform:
        token = {"testbed.access.token": vendor.started["token"]}
        yield platform.instances.connect("testbed", name="crm", configuration=token)


def writes(vendor: Writable) -> int:
    return sum(each["method"] == "POST" for each in vendor.requests())


def test_many_records_of_a_generator_are_uploaded_in_blocks(crm: ek.Instance) -> None:
    # More than two blocks.
    names = (f"Company {number} " + "x" * 150 for number in range(4000))
    job = crm.bulk.upload("accounts", ({"name": name} for name in names), concurrency=10)
    ended = job.wait(progress="off")
    assert (ended["recordsCount"], ended["recordsFailedCount"], ended["recordsUnknownCount"]) == (4000, 0, 0)
    rows = [row["_row"] for page in job.batches() for row in page]
    assert rows == list(range(1, 4001))


def test_files_come_and_go(crm: ek.Instance, tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("name,employees\nAcme,1\n,2\n", encoding="utf-8")
    job = crm.bulk.upload("accounts", path)
    seen: list[dict[str, Any]] = []
    assert job.wait(progress=seen.append)["recordsFailedCount"] == 1 and seen[-1]["status"] == "COMPLETED"
    failed = tmp_path / "failed.csv"
    assert job.download_failed(failed) == len("name,employees\n,2\n") == failed.stat().st_size
    assert job.download_failed(tmp_path / "unknown.csv", unknown=True) == len("name,employees\n")
    failed.write_text(failed.read_text(encoding="utf-8").replace("\n,2", "\nTwo,2"), encoding="utf-8")
    assert crm.bulk.upload("accounts", str(failed)).wait(progress="off")["recordsFailedCount"] == 0
    for content in (b"name\nA\n", bytearray(b"name\nA\n"), memoryview(b"name\nA\n")):
        assert crm.bulk.upload("accounts", content).wait(progress="off")["recordsCount"] == 1
    with pytest.raises(ek.StorageError, match="cannot be read"):
        crm.bulk.upload("accounts", tmp_path / "missing.csv")
    query = crm.bulk.query("select id from accounts")
    query.wait(progress="off")
    with pytest.raises(ek.NotFoundError):
        list(query.failed_records())


def test_arguments_are_checked_by_name(crm: ek.Instance) -> None:
    wrong: Any
    for wrong in (7, None, {"name": "x"}, ["x"], [1]):
        with pytest.raises(ek.TypeError, match="source"):
            crm.bulk.upload("accounts", wrong)
    with pytest.raises(ek.TypeError, match=r"source\[1\]"):
        crm.bulk.upload("accounts", [{"name": "x"}, {"name": object()}])
    with pytest.raises(ek.TypeError, match="Did you mean 'mode'"):
        crm.bulk.upload("accounts", b"", moed="upsert")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert crm.bulk.list() == []


def test_an_error_of_the_records_starts_no_job(vendor: Writable, crm: ek.Instance) -> None:
    def records() -> Iterator[dict[str, str]]:
        for number in range(5000):
            yield {"name": f"Company {number} " + "x" * 150}
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        crm.bulk.upload("accounts", records())
    assert crm.bulk.list() == [] and writes(vendor) == 0


def test_a_signal_ends_an_upload(vendor: Writable, crm: ek.Instance) -> None:
    class Stop(BaseException):
        pass

    def handler(*_: object) -> None:
        raise Stop

    def endless() -> Iterator[dict[str, str]]:
        while True:
            yield {"name": "x" * 200}

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(Stop):
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            crm.bulk.upload("accounts", endless())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert crm.bulk.list() == [] and writes(vendor) == 0


def test_cancelling_a_task_ends_its_upload(vendor: Writable) -> None:
    given = vendor.started

    async def endless() -> AsyncIterator[dict[str, str]]:
        while True:
            yield {"name": "x" * 200}
            await asyncio.sleep(0)

    async def few() -> AsyncIterator[dict[str, str]]:
        for name in ("a", "b"):
            yield {"name": name}

    async def main() -> None:
        async with ek.AsyncPlatform.hosted(
            given["baseUrl"], user=given["user"], organization=given["organization"]
        ) as platform:
            token = {"testbed.access.token": given["token"]}
            crm = await platform.instances.connect("testbed", name="crm", configuration=token)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(crm.bulk.upload("accounts", endless()), 0.5)
            assert await crm.bulk.list() == [] and writes(vendor) == 0
            for source in (few(), [{"name": "a"}, {"name": "b"}]):
                job = await crm.bulk.upload("accounts", source)
                assert (await job.wait(progress="off"))["recordsCount"] == 2
            assert [chunk async for chunk in job.failed_records()] in ([], [b""])

    asyncio.run(main())


def test_two_instances_are_kept_alike_by_a_program_that_is_killed(tmp_path: Path) -> None:
    with writable(accounts=30) as left, writable(accounts=0) as right:
        database = str(tmp_path / "test.db")
        document = {**DEFINITION, "objects": [{**DEFINITION["objects"][0], "updatedDateName": "updatedAt"}]}
        with ek.Platform.embedded(database) as platform:
            platform.elements.import_(document)
            for name, bed in (("left", left), ("right", right)):
                own = {"base.url": bed.url, "access.token": bed.started["token"]}
                platform.instances.create("upcrm", name=name, configuration=own)

        def run(killed_after: float | None = None) -> bool:
            given = [database, str(tmp_path), "left", "right", "clients", "name,employees", "name"]
            program = subprocess.Popen([sys.executable, str(EXAMPLE), *given], stdout=subprocess.DEVNULL)
            try:
                assert program.wait(timeout=killed_after or 60) == 0
                return True
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
                return False

        def held(name: str) -> list[tuple[str, Any]]:
            with ek.Platform.embedded(database, resume_jobs=False) as platform:
                instance = next(each for each in platform.instances.list() if each["name"] == name)
                rows = platform.instances.get(instance["id"]).records("clients").to_list()
            return sorted((row["name"], row.get("employees")) for row in rows)

        def change(number: int) -> None:
            with ek.Platform.embedded(database, resume_jobs=False) as platform:
                source = platform.instances.connect("upcrm", name="left", configuration={})
                clients = source.records("clients")
                clients.create({"name": f"New {number}", "employees": number})
                clients.update(clients.to_list(limit=number + 1)[number]["id"], {"employees": 1000 + number})

        chance = random.Random(7)
        for round in range(3):
            # Each attempt is given more time than the one before.
            seconds = 0.2
            while not run(seconds * chance.uniform(0.7, 1.3)):
                seconds *= 1.3
                assert seconds < 60, "no run came to its end"
            # One that was killed at the end of its work leaves nothing to do.
            assert run() and held("left") == held("right"), f"round {round}"
            left.call("POST", "advance", {"seconds": 600})
            change(round)

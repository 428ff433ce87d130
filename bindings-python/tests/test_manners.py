"""Behaviour of the package in a Python process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from elementkit._native import panic_for_test
from processes import KEY, ORGANIZATION, ROOT, SECRET, USER, Sandbox, served

SLOW = {"match": {"path": "*/subscribers"}, "fault": {"type": "slow_body", "stall_after": 10, "ms": 60000}}


def connected(tmp_path: Path, simulator: Sandbox) -> tuple[ek.Platform, ek.Instance]:
    platform = ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url)
    return platform, ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)


def test_a_panic_is_an_error() -> None:
    with pytest.raises(ek.InternalError):
        panic_for_test().wait()


def test_errors_survive_pickle_and_fit_built_in_classes() -> None:
    error = ek.NotFoundError("gone", status=404, request_id="abc", hint="look elsewhere")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, ek.NotFoundError) and isinstance(again, LookupError)
    assert (again.message, again.status, again.request_id, again.hint) == ("gone", 404, "abc", "look elsewhere")
    assert "look elsewhere" in str(again)
    for each in ek.ElementKitError.__subclasses__():
        assert type(pickle.loads(pickle.dumps(each("x", hint="y")))) is each


def test_missing_credentials_are_refused_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELEMENTKIT_USER_SECRET", raising=False)
    with pytest.raises(ek.ConfigError, match="user secret is missing"):
        ek.Platform.hosted("https://platform.example")
    with pytest.raises(ek.ConfigError):
        ek.Platform.hosted("http://platform.example", user="u", organization="o")


def test_cancelling_a_task_ends_the_vendor_call(tmp_path: Path, simulator: Sandbox) -> None:
    async def main() -> float:
        async with await ek.AsyncPlatform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
            bt = await ek.brighttalk.connect_async(platform, api_key=KEY, api_secret=SECRET)
            simulator.fault(SLOW)
            reading = asyncio.create_task(bt.records("channels/1001/contacts").page())
            while not any("subscribers" in each["path"] for each in simulator.requests()):
                await asyncio.sleep(0.05)
            started = time.monotonic()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert len(asyncio.all_tasks()) == 1
            # The instance's four vendor slots are free again: other calls proceed at once.
            await asyncio.gather(*(bt.ping() for _ in range(8)))
            return time.monotonic() - started

    assert asyncio.run(main()) < 20


def test_cancelling_in_the_middle_of_a_pull_leaves_nothing_open(tmp_path: Path, simulator: Sandbox) -> None:
    async def settled() -> None:
        while simulator.open():
            await asyncio.sleep(0.05)

    async def main() -> None:
        async with await ek.AsyncPlatform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
            bt = await ek.brighttalk.connect_async(platform, api_key=KEY, api_secret=SECRET)
            seen: list[ek.Page] = []

            async def pull() -> None:
                async for page in bt.records("channels/1001/contacts", page_size=20).pages():
                    seen.append(page)
                    if len(seen) == 2:
                        simulator.fault(SLOW)

            pulling = asyncio.create_task(pull())
            while len(seen) < 2 or not simulator.open():
                await asyncio.sleep(0.02)
            pulling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await pulling
            assert asyncio.all_tasks() == {asyncio.current_task()}
            await asyncio.wait_for(settled(), timeout=10)

    asyncio.run(main())


def test_progress_goes_to_the_log(tmp_path: Path, simulator: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    platform, instance = connected(tmp_path, simulator)
    with platform, caplog.at_level("INFO", logger="elementkit.progress"):
        job = instance.bulk.query("select id from contacts")
        job.wait(progress="log")
    lines = [record.message for record in caplog.records if record.name == "elementkit.progress"]
    assert lines and lines[-1].startswith(f"job {job.id} completed: ")
    # A repeated status is reported only at intervals.
    assert len(lines) == len({line.split(":")[0] for line in lines})


def test_a_stream_may_be_left_early(tmp_path: Path, simulator: Sandbox) -> None:
    platform, instance = connected(tmp_path, simulator)
    before = len(simulator.requests())
    for number, _ in enumerate(instance.records("contacts", page_size=10)):
        if number == 4:
            break
    assert len(simulator.requests()) - before <= 3
    platform.close()
    platform.close()
    with pytest.raises(ek.ClosedError):
        instance.ping()


def test_ctrl_c_ends_a_blocking_call(tmp_path: Path, simulator: Sandbox) -> None:
    simulator.fault(SLOW)
    program = f"""
        import elementkit as ek
        platform = ek.Platform.embedded({str(tmp_path / "test.db")!r}, brighttalk_url={simulator.url!r})
        bt = ek.brighttalk.connect(platform, api_key={KEY!r}, api_secret={SECRET!r})
        print("ready", flush=True)
        try:
            bt.records("channels/1001/contacts").page()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=30)
    assert out == "interrupted\n" and child.returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_can_use_a_hosted_platform_and_is_told_about_an_embedded_one(
    tmp_path: Path, simulator: Sandbox
) -> None:
    with served(tmp_path / "served.db", simulator.url) as url:
        hosted = ek.Platform.hosted(url, user=USER, organization=ORGANIZATION)
        instance = ek.brighttalk.connect(hosted, api_key=KEY, api_secret=SECRET)
        embedded, other = connected(tmp_path, simulator)
        jobs = [each.bulk.query("select id from channels") for each in (instance, other)]
        for job in jobs:
            job.wait()
        batches = jobs[1].batches(size=1)
        assert len(next(batches)) == 1
        # Objects that rely on the parent's threads are rejected in the child, where they would wait forever.
        refused: list[Callable[[], object]] = [embedded.instances.list, lambda: next(batches)]
        refused += [call for job in jobs for call in (job.status, job.wait, job.to_arrow)]
        child = os.fork()
        if child == 0:
            code = 1
            try:
                instance.ping()
                names = [each["name"] for each in hosted.instances.list()]
                again = instance.bulk.job(jobs[0].id).status()["status"]
                code = 0 if (names, again) == (["BrightTALK"], "COMPLETED") else 2
                for call in refused:
                    try:
                        call()
                        code = 3
                    except ek.ConfigError:
                        pass
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        # The parent is unchanged.
        assert len(embedded.instances.list()) == 1
        embedded.close()


@pytest.mark.parametrize("hosted", [False, True], ids=["embedded", "hosted"])
def test_closing_ends_waiting_calls_and_refuses_new_ones(hosted: bool, tmp_path: Path, simulator: Sandbox) -> None:
    with contextlib.ExitStack() as stack:
        if hosted:
            url = stack.enter_context(served(tmp_path / "served.db", simulator.url))
            platform = ek.Platform.hosted(url, user=USER, organization=ORGANIZATION)
        else:
            platform = ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url)
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        job = bt.bulk.query("select id from contacts")
        job.wait()
        batches = job.batches(size=10)
        next(batches)
        simulator.fault(SLOW)
        ended: list[BaseException] = []

        def read() -> None:
            try:
                bt.records("channels/1001/contacts").page()
            except BaseException as error:
                ended.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        while not simulator.open():
            time.sleep(0.02)
        platform.close()
        reader.join(20)
        assert not reader.is_alive() and [type(error) for error in ended] == [ek.ClosedError]
        with pytest.raises(ek.ClosedError):
            list(batches)
        for call in (bt.ping, platform.instances.list, job.status):
            with pytest.raises(ek.ClosedError):
                call()


class Keys:
    """Stores vault keys in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def store(self, name: str, key: bytes) -> None:
        self.kept[name] = key


def test_the_program_keeps_the_vault_key(tmp_path: Path, simulator: Sandbox) -> None:
    keys, database = Keys(), tmp_path / "test.db"

    def open_with(keys: Any) -> ek.Platform:
        return ek.Platform.embedded(database, brighttalk_url=simulator.url, vault_keys=keys)

    with open_with(keys) as platform:
        ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
    assert [len(key) for key in keys.kept.values()] == [32]
    assert not [file.name for file in tmp_path.iterdir() if "key" in file.name]
    with open_with(keys) as platform:
        assert len(platform.instances.list()) == 1
    with pytest.raises(ek.StorageError):
        open_with(Keys())

    class Locked(Keys):
        def load(self, name: str) -> bytes | None:
            raise KeyError("the store is locked")

    with pytest.raises(ek.StorageError, match="the store is locked") as caught:
        open_with(Locked())
    assert isinstance(caught.value.__cause__, KeyError)
    for wrong in ("text", b"short", 7, object()):
        with pytest.raises(ek.ConfigError):
            open_with(wrong)
    # A single key works as well.
    with ek.Platform.embedded(tmp_path / "other.db", vault_keys=bytes(range(32))) as platform:
        assert platform.instances.list() == []


def test_a_key_is_kept_by_an_asynchronous_program(tmp_path: Path) -> None:
    async def main() -> None:
        keys = Keys()
        async with await ek.AsyncPlatform.embedded(tmp_path / "test.db", vault_keys=keys):
            assert len(keys.kept) == 1

    asyncio.run(main())


def test_nothing_starts_at_import_and_the_process_exits() -> None:
    program = "import threading, elementkit; print(len(threading.enumerate())); print(open('/proc/self/status').read())"
    if not Path("/proc/self/status").exists():
        pytest.skip("there is no /proc here")
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True).stdout
    threads = [line for line in out.splitlines() if line.startswith("Threads:")]
    assert threads == ["Threads:\t1"]


def test_the_synchronous_classes_are_made_from_the_asynchronous_ones() -> None:
    sys.path.insert(0, str(ROOT / "bindings-python" / "tools"))
    import make_sync

    found = {path: path.read_text(encoding="utf-8") for path in (make_sync.PACKAGE / "_sync").glob("*.py")}
    assert make_sync.modules() == found, "run tools/make_sync.py"

"""A forked child opens its own platform, also on the database that its parent has open."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import elementkit as ek
import pytest
from processes import KEY, ORGANIZATION, SECRET, USER, Sandbox, served

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
    # Python warns of a fork while there are threads.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

PATIENCE = 60.0


class Child:
    """Work in a forked child."""

    def __init__(self, work: Callable[[], object]) -> None:
        read, write = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            answer = ""
            try:
                answer = repr(work())
            except BaseException as error:
                answer = f"{type(error).__name__}: {error}"
            finally:
                os.write(write, answer.encode())
                os._exit(0)
        os.close(write)
        self._answer = os.fdopen(read, "rb")

    def answer(self) -> str:
        """Returns the result of the work, or its exception."""
        end = time.monotonic() + PATIENCE
        while os.waitpid(self._process, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                os.kill(self._process, 9)
                pytest.fail("the child hangs")
            time.sleep(0.01)
        with self._answer:
            return self._answer.read().decode()


def count(database: str, url: str) -> int:
    """Returns the number of instances of a database."""
    with ek.Platform.embedded(database, brighttalk_url=url) as platform:
        return len(platform.instances.list())


def connect(platform: ek.Platform, name: str) -> None:
    ek.brighttalk.connect(platform, name=name, api_key=KEY, api_secret=SECRET)


@pytest.fixture
def database(tmp_path: Path, simulator: Sandbox) -> str:
    """A database with one instance, which is not open."""
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        connect(platform, "first")
    return str(tmp_path / "test.db")


def test_a_child_opens_the_database_of_its_parent(database: str, simulator: Sandbox) -> None:
    work = lambda: count(database, simulator.url)  # noqa: E731
    assert Child(work).answer() == "1"
    with ek.Platform.embedded(database, brighttalk_url=simulator.url) as platform:
        assert Child(work).answer() == "1"
        # A child of the child is a third process.
        assert Child(lambda: (count(database, simulator.url), Child(work).answer())).answer() == "(1, '1')"
        refused = Child(platform.instances.list).answer()
        assert refused.startswith("ConfigError") and "in the child" in refused
        assert len(platform.instances.list()) == 1


def test_a_child_keeps_its_locks_when_its_parent_closes(database: str, simulator: Sandbox) -> None:
    """Without separate locks the parent, as the last user of the file, would delete the log that the child writes."""
    closed, opened = multiprocessing.Event(), multiprocessing.Event()

    def work() -> str:
        with ek.Platform.embedded(database, brighttalk_url=simulator.url) as mine:
            connect(mine, "second")
            opened.set()
            assert closed.wait(PATIENCE)
            connect(mine, "third")
            return "done"

    with ek.Platform.embedded(database, brighttalk_url=simulator.url):
        child = Child(work)
        assert opened.wait(PATIENCE)
    closed.set()
    assert child.answer() == "'done'"
    assert count(database, simulator.url) == 3


def test_parent_and_children_write_at_the_same_time(database: str, simulator: Sandbox) -> None:
    def work(name: str) -> int:
        with ek.Platform.embedded(database, brighttalk_url=simulator.url) as mine:
            for number in range(5):
                connect(mine, f"{name} {number}")
        return 0

    with ek.Platform.embedded(database, brighttalk_url=simulator.url) as platform:
        children = [Child(functools.partial(work, name)) for name in ("a", "b", "c")]
        for number in range(5):
            connect(platform, f"parent {number}")
        assert [child.answer() for child in children] == ["0"] * 3
        assert len(platform.instances.list()) == 1 + 4 * 5
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_fork_during_a_pull_disturbs_neither_side(database: str, simulator: Sandbox, tmp_path: Path) -> None:
    with (
        served(tmp_path / "served.db", simulator.url) as url,
        ek.Platform.hosted(url, user=USER, organization=ORGANIZATION) as hosted,
        ek.Platform.embedded(database, brighttalk_url=simulator.url) as platform,
    ):
        bt = platform.instances.get(platform.instances.list()[0]["id"])
        ended: list[str] = []
        enough = threading.Event()

        def pull() -> None:
            while not enough.is_set():
                ended.append(bt.bulk.query("select id from contacts").wait()["status"])
                bt.records("contacts", page_size=50).to_list()

        puller = threading.Thread(target=pull)
        puller.start()
        for _ in range(6):
            assert Child(lambda: (len(hosted.instances.list()), count(database, simulator.url))).answer() == "(0, 1)"
            # The child drops objects of the parent, as at the end of a function.
            assert Child(lambda: [platform, bt].clear()).answer() == "None"
        enough.set()
        puller.join(PATIENCE)
        assert not puller.is_alive() and set(ended) == {"COMPLETED"}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_opens_the_database(method: str, database: str, simulator: Sandbox) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    with ek.Platform.embedded(database, brighttalk_url=simulator.url) as platform:
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.starmap_async(count, [(database, simulator.url)] * 4).get(PATIENCE) == [1] * 4
        assert len(platform.instances.list()) == 1


def test_a_program_that_is_started_opens_the_database(database: str, simulator: Sandbox) -> None:
    program = "import sys, elementkit as ek; print(len(ek.Platform.embedded(sys.argv[1]).instances.list()))"
    command = [sys.executable, "-c", program, database]
    with ek.Platform.embedded(database, brighttalk_url=simulator.url):
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        assert (ran.stdout, ran.returncode) == ("1\n", 0), ran.stderr
        # Python forks by itself to run a function before the program.
        forked = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=lambda: None)
        assert (forked.stdout, forked.returncode) == ("1\n", 0), forked.stderr

"""Pending exceptions of a thread end every blocking call, and none of them is lost."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from processes import KEY, SECRET, Sandbox

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no interval timers here")

SLOW = {"match": {"path": "*/subscribers"}, "fault": {"type": "slow_body", "stall_after": 10, "ms": 60000}}
ROUNDS = int(os.environ.get("SIGNALS", "12"))
"""Number of signals in some tests; the long form sends hundreds."""
PATIENCE = 20.0
"""Time limit: far longer than any test takes, far shorter than the vendor's stall."""


class Stop(BaseException):
    """Exception of the signal handler."""


class Stalling(ThreadingHTTPServer):
    """A platform whose second page never arrives; the first one fills a batch of a table."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.released = threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Stalling)
        if "nextPage=" in self.path:
            self.server.released.wait(PATIENCE)
        metadata = {"fields": [{"type": "number", "vendorPath": "id", "vendorNativeType": "integer"}]}
        body = json.dumps(metadata if "/metadata" in self.path else [{"id": at} for at in range(5000)]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if "nextPage=" not in self.path:
            self.send_header("Elements-Next-Page-Token", "second")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def stalling() -> Iterator[ek.Records]:
    with Stalling() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with ek.Platform.hosted(url, user="u", organization="o") as platform:
            yield platform.instances.with_token("token").records("contacts")
        server.released.set()
        server.shutdown()


@pytest.fixture
def bt(tmp_path: Path, simulator: Sandbox) -> Iterator[ek.Instance]:
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        yield ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)


@contextlib.contextmanager
def stopped_after(seconds: float, raised: type[BaseException] = Stop) -> Generator[None, None, None]:
    """Expects a signal whose handler raises to end the block."""

    def handler(*_: object) -> None:
        raise raised

    before = signal.signal(signal.SIGALRM, handler)
    started = time.monotonic()
    try:
        with pytest.raises(raised):
            signal.setitimer(signal.ITIMER_REAL, seconds)
            yield
            time.sleep(seconds)
        assert time.monotonic() - started < seconds + PATIENCE
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("raised", [Stop, ValueError])
def test_no_exception_is_lost_between_short_calls(bt: ek.Instance, raised: type[BaseException]) -> None:
    channels = bt.records("channels")
    for number in range(ROUNDS):
        with stopped_after(0.02 + number % 12 * 0.003, raised):
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                channels.to_list()


CALLS: dict[str, Callable[[ek.Instance], object]] = {
    "page": lambda bt: bt.records("channels/1001/contacts").page(),
    "iteration": lambda bt: list(bt.records("channels/1001/contacts")),
    "wait": lambda bt: bt.bulk.query("select id from contacts").wait(),
    "statuses": lambda bt: list(bt.bulk.query("select id from contacts").statuses()),
    "sync": lambda bt: list(bt.sync("contacts").batches()),
    "to_arrow": lambda bt: bt.records("contacts", page_size=20).to_arrow(),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_handler_ends_a_call_at_once(name: str, bt: ek.Instance, simulator: Sandbox) -> None:
    simulator.fault(SLOW)
    with stopped_after(0.3):
        CALLS[name](bt)
    simulator.clear_faults()
    assert len(bt.records("channels").to_list()) == 2


def test_exceptions_of_the_log_are_passed_on(bt: ek.Instance) -> None:
    class Broken(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise Stop

    logger, handler = logging.getLogger("elementkit"), Broken()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with pytest.raises(Stop):
            bt.ping()
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    bt.ping()


def test_exceptions_of_progress_are_passed_on(bt: ek.Instance) -> None:
    def progress(_: object) -> None:
        raise Stop

    job = bt.bulk.query("select id from contacts")
    with pytest.raises(Stop):
        job.wait(progress=progress)
    assert job.wait()["status"] == "COMPLETED"


def test_an_exception_set_by_another_thread_ends_a_call(bt: ek.Instance, simulator: Sandbox) -> None:
    simulator.fault(SLOW)
    caught: list[BaseException] = []

    def read() -> None:
        try:
            bt.records("channels/1001/contacts").page()
        except BaseException as exception:
            caught.append(exception)

    reader = threading.Thread(target=read)
    reader.start()
    while not any("subscribers" in each["path"] for each in simulator.requests()):
        time.sleep(0.02)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(reader.ident or 0), ctypes.py_object(Stop))
    reader.join(PATIENCE)
    assert not reader.is_alive() and [type(each) for each in caught] == [Stop]


READERS: dict[str, Callable[[Any, Any], object]] = {
    "pyarrow": lambda pyarrow, stream: pyarrow.table(stream),
    "polars": lambda polars, stream: polars.DataFrame(stream),
    "pandas": lambda pandas, stream: pandas.api.interchange.from_dataframe(stream),
}


@pytest.mark.parametrize("library", READERS)
def test_a_table_that_is_being_read_ends(library: str, stalling: ek.Records) -> None:
    found = pytest.importorskip(library)
    stream = stalling.table()
    with stopped_after(0.3):
        end = time.monotonic() + 2 * PATIENCE
        try:
            READERS[library](found, stream)
        except Exception as error:
            # Some libraries raise another error; the handler's exception follows as soon as Python code runs.
            while time.monotonic() < end:
                assert "interrupted by" in str(error)


def test_interrupts_leave_nothing_behind(tmp_path: Path, simulator: Sandbox) -> None:
    simulator.fault({"match": {"path": "*/subscribers"}, "fault": {"type": "slow_headers", "ms": 200}})
    program = f"""
        import os, signal, sys, threading
        import elementkit as ek
        sys.unraisablehook = lambda args: print("unraisable", args.exc_value, flush=True)
        platform = ek.Platform.embedded({str(tmp_path / "test.db")!r}, brighttalk_url={simulator.url!r})
        bt = ek.brighttalk.connect(platform, api_key={KEY!r}, api_secret={SECRET!r})
        interrupted = 0
        for number in range({ROUNDS}):
            try:
                threading.Timer(0.01 + number % 12 * 0.013, os.kill, (os.getpid(), signal.SIGINT)).start()
                while True:
                    bt.bulk.query("select id from contacts").status()
                    for status in bt.bulk.query("select * from contacts").statuses():
                        pass
            except KeyboardInterrupt:
                interrupted += 1
        print(interrupted, len(bt.records("channels").to_list()))
        platform.close()
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == (f"{ROUNDS} 2\n", "")

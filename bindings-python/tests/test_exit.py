"""The interpreter shuts down while a thread of the library runs Python code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys, threading, time
import elementkit as ek

platform = ek.Platform.embedded(sys.argv[1])
entered = threading.Event()

def done(answer, error):
    entered.set()
    time.sleep(0.3)  # without the GIL; the main thread ends meanwhile
    print("settled", flush=True)

platform._native.elements().list().start(done)
entered.wait()
"""


def test_the_end_of_a_program_waits_for_what_a_call_hands_over(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "exit.db")], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "settled\n", "")


LATE = """
import asyncio, atexit, sys

def late():
    try:
        asyncio.run(platform.elements())
    except ek.ClosedError as error:
        print("closed", flush=True)

atexit.register(late)  # before the package's own function, so it runs after that
import elementkit as ek

platform = asyncio.run(ek.AsyncPlatform.embedded(sys.argv[1]))
"""


def test_a_call_during_the_shutdown_is_refused_instead_of_hanging(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LATE, str(tmp_path / "late.db")], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "closed\n", "")

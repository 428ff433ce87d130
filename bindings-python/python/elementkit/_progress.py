"""Progress as a line on a terminal, in the log, or through a function of the caller."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Literal

from . import _arguments as arguments

Status = dict[str, Any]
Progress = Literal["auto", "log", "off"] | Callable[[Status], None]

_LOG_EVERY_SECONDS = 10.0


def reporter(progress: Progress) -> Callable[[Status], None]:
    """Returns the function that is called with each status."""
    if callable(progress):
        return progress
    if not isinstance(progress, str):
        raise arguments.wrong_type("progress", "a str or a function of a status", progress)
    word = arguments.choice("progress", progress, ("auto", "log", "off"))
    if word == "log":
        return _logging()
    # There is no standard error stream in a process without a console.
    if word == "auto" and sys.stderr is not None and sys.stderr.isatty():
        return _line
    return _nothing


def _nothing(_: Status) -> None:
    pass


def _line(status: Status) -> None:
    end = "\n" if _is_finished(status) else ""
    sys.stderr.write(f"\r{_text(status)}\x1b[K{end}")
    sys.stderr.flush()


def _logging() -> Callable[[Status], None]:
    logger = logging.getLogger("elementkit.progress")
    last = ""
    due = 0.0

    def log(status: Status) -> None:
        nonlocal last, due
        now = time.monotonic()
        if status["status"] == last and now < due:
            return
        last, due = status["status"], now + _LOG_EVERY_SECONDS
        logger.info("job %s %s", status["id"], _text(status))

    return log


def _is_finished(status: Status) -> bool:
    progress: Status = status.get("progress") or {}
    return progress.get("phase") == "finished"


def _text(status: Status) -> str:
    progress: Status = status.get("progress") or {}
    rows = progress.get("rowsWritten", status.get("recordsCount", 0))
    lists = f", {progress['parentsDone']}/{progress['parentsTotal']} lists" if progress.get("parentsTotal") else ""
    return f"{status['status'].lower()}: {rows} records{lists}"

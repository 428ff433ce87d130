"""Progress as a bar in a notebook, a line on a terminal, in the log, or through a function of the caller."""

from __future__ import annotations

import importlib
import logging
import sys
import time
from collections.abc import Callable
from html import escape
from typing import Any, Literal

from . import _arguments as arguments

Status = dict[str, Any]
Progress = Literal["auto", "log", "off"] | Callable[[Status], None]

_LOG_EVERY_SECONDS = 10.0
_BAR_EVERY_SECONDS = 0.25


def reporter(progress: Progress) -> Callable[[Status], None]:
    """Returns the function that is called with each status."""
    if callable(progress):
        return progress
    if not isinstance(progress, str):
        raise arguments.wrong_type("progress", "a str or a function of a status", progress)
    word = arguments.choice("progress", progress, ("auto", "log", "off"))
    if word == "log":
        return _logging()
    if word == "auto" and (show := _notebook_display()) is not None:
        return _bar(show)
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


def _notebook_display() -> Any:
    """Returns the function that displays objects in the notebook that runs this program, if there is one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    # The shell of a terminal has no kernel.
    if shell is None or not hasattr(shell, "kernel"):
        return None
    return importlib.import_module("IPython.display").display


def _bar(display: Any) -> Callable[[Status], None]:
    """Shows a bar of plain HTML in the output of the cell, and updates it."""
    handle: Any = None
    due = 0.0

    def show(status: Status) -> None:
        nonlocal handle, due
        now = time.monotonic()
        if now < due and not _is_finished(status):
            return
        due = now + _BAR_EVERY_SECONDS
        bar = {"text/plain": _text(status), "text/html": _html(status)}
        if handle is None:
            handle = display(bar, raw=True, display_id=True)
        else:
            handle.update(bar, raw=True)

    return show


def _html(status: Status) -> str:
    progress: Status = status.get("progress") or {}
    done, total = progress.get("parentsDone"), progress.get("parentsTotal")
    # Without a value the bar shows that the end is not known.
    known = f" value='{done}' max='{total}'" if total else ""
    value = " value='1'" if _is_finished(status) else known
    return f"<progress{value}></progress> {escape(_text(status))}"


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

"""Progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Literal

Status = dict[str, Any]
Progress = Literal["auto", "off"] | Callable[[Status], None]


def reporter(progress: Progress) -> Callable[[Status], None]:
    """What to do with each status: a line on a terminal, nothing elsewhere, or what the caller wants."""
    if callable(progress):
        return progress
    if progress == "auto" and sys.stderr.isatty():
        return _line
    return _nothing


def _nothing(_: Status) -> None:
    pass


def _line(status: Status) -> None:
    progress = status.get("progress") or {}
    rows = progress.get("rowsWritten", status.get("recordsCount", 0))
    lists = f", {progress['parentsDone']}/{progress['parentsTotal']} lists" if progress.get("parentsTotal") else ""
    end = "\n" if progress.get("phase") == "finished" else ""
    sys.stderr.write(f"\r{status['status'].lower()}: {rows} records{lists}\x1b[K{end}")
    sys.stderr.flush()

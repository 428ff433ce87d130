"""Pulls of changed records of the synchronous platform."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic

from .. import _arguments as arguments
from .._call import wait
from .._native import NativeSync
from .._progress import Progress
from .._tables import ArrowStream, Tabular, arrow_table, pandas_frame, polars_frame
from .._types import Record, Row
from .jobs import Job

if TYPE_CHECKING:
    import pandas
    import polars


class Sync(Tabular, Generic[Row]):
    """A pull of changed records: its job, its rows, and the state for the next pull once they were read."""

    def __init__(self, native: NativeSync) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<Sync of {self.job!r}>"

    @property
    def job(self) -> Job[Row]:
        """The job."""
        return Job(self._native.job())

    def wait(self, *, progress: Progress = "auto", timeout: float | None = None) -> Record:
        """Waits until the rows are available, as :meth:`Job.wait`."""
        return self.job.wait(progress=progress, timeout=timeout)

    def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Waits, then writes the rows to a file and returns its size, as :meth:`Job.download`."""
        pending = self._native.download(arguments.path("path", path), arguments.optional_text("format", format))
        return wait(pending)

    def batches(self, *, size: int = 1000) -> Iterator[list[Row]]:
        """Waits, then yields the rows in lists of at most ``size``, as :meth:`Job.batches`."""
        pages = wait(self._native.pages(arguments.whole_number("size", size, least=1)))
        while (page := wait(pages.next())) is not None:
            yield page[0]

    def table(self) -> ArrowStream:
        """Waits, then returns the rows as an Arrow stream. They count as read when it has been read completely."""
        return ArrowStream(wait(self._native.table(False)))

    def to_arrow(self) -> Any:
        """Waits, then returns the rows as a ``pyarrow.Table``; needs pyarrow."""
        return arrow_table(wait(self._native.table(True)))

    def to_pandas(self) -> pandas.DataFrame:
        """Waits, then returns the rows as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(wait(self._native.table(True)))

    def to_polars(self) -> polars.DataFrame:
        """Waits, then returns the rows as a ``polars.DataFrame``; needs polars."""
        return polars_frame(wait(self._native.table(True)))

    def stream(self, format: str = "csv") -> Iterator[bytes]:
        """Waits, then yields the rows as chunks of bytes. They count as read when all have been yielded."""
        chunks = wait(self._native.stream(arguments.text("format", format)))
        while (chunk := wait(chunks.next())) is not None:
            yield chunk

    def pending(self) -> list[Record]:
        """Waits, then returns the partitions that could not be read completely; empty if nothing is missing.

        The next pull reads them again, for instance a refused channel or failed records. Each entry has ``partition``,
        ``reason``, and where known ``failedRows``, ``watermark`` and ``message``.
        """
        return wait(self._native.pending())

    def state(self) -> str:
        """Returns the state for the next pull: a line of text.

        Raises
        ------
        ConfigError
            The rows have not been read completely: a state must never be ahead of the rows.
        """
        return wait(self._native.state())

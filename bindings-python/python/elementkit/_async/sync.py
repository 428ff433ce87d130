"""Pulls of changed records of the asynchronous platform."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Generic

from .. import _arguments as arguments
from .._call import call
from .._native import NativeSync
from .._progress import Progress
from .._tables import ArrowStream, arrow_table, pandas_frame, polars_frame
from .._types import Record, Row
from .jobs import AsyncJob

if TYPE_CHECKING:
    import pandas
    import polars


class AsyncSync(Generic[Row]):
    """A pull of changed records: its job, its rows, and the state for the next pull once they were read."""

    def __init__(self, native: NativeSync) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<AsyncSync of {self.job!r}>"

    @property
    def job(self) -> AsyncJob[Row]:
        """The job."""
        return AsyncJob(self._native.job())

    async def wait(self, *, progress: Progress = "auto", timeout: float | None = None) -> Record:
        """Waits until the rows are available, as :meth:`AsyncJob.wait`."""
        return await self.job.wait(progress=progress, timeout=timeout)

    async def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Waits, then writes the rows to a file and returns its size, as :meth:`AsyncJob.download`."""
        pending = self._native.download(arguments.path("path", path), arguments.optional_text("format", format))
        return await call(pending)

    async def batches(self, *, size: int = 1000) -> AsyncIterator[list[Row]]:
        """Waits, then yields the rows in lists of at most ``size``, as :meth:`AsyncJob.batches`."""
        pages = await call(self._native.pages(arguments.whole_number("size", size, least=1)))
        while (page := await call(pages.next())) is not None:
            yield page[0]

    async def table(self) -> ArrowStream:
        """Waits, then returns the rows as an Arrow stream. They count as read when it has been read completely."""
        return ArrowStream(await call(self._native.table(False)))

    async def to_arrow(self) -> Any:
        """Waits, then returns the rows as a ``pyarrow.Table``; needs pyarrow."""
        return arrow_table(await call(self._native.table(True)))

    async def to_pandas(self) -> pandas.DataFrame:
        """Waits, then returns the rows as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(await call(self._native.table(True)))

    async def to_polars(self) -> polars.DataFrame:
        """Waits, then returns the rows as a ``polars.DataFrame``; needs polars."""
        return polars_frame(await call(self._native.table(True)))

    async def stream(self, format: str = "csv") -> AsyncIterator[bytes]:
        """Waits, then yields the rows as chunks of bytes. They count as read when all have been yielded."""
        chunks = await call(self._native.stream(arguments.text("format", format)))
        while (chunk := await call(chunks.next())) is not None:
            yield chunk

    async def pending(self) -> list[Record]:
        """Waits, then returns the partitions that could not be read completely; empty if nothing is missing.

        The next pull reads them again, for instance a refused channel or failed records. Each entry has ``partition``,
        ``reason``, and where known ``failedRows``, ``watermark`` and ``message``.
        """
        return await call(self._native.pending())

    async def state(self) -> str:
        """Returns the state for the next pull: a line of text.

        Raises
        ------
        ConfigError
            The rows have not been read completely: a state must never be ahead of the rows.
        """
        return await call(self._native.state())

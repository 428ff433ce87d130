"""Live lists of records of the asynchronous platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Generic

from .. import _arguments as arguments
from .._call import call, call_each
from .._native import NativeRecords
from .._tables import ArrowStream, arrow_table, pandas_frame, polars_frame
from .._types import Page, Row

if TYPE_CHECKING:
    import pandas
    import polars


class AsyncRecords(Generic[Row]):
    """A list of records. The next page is requested when the reader reaches it."""

    def __init__(self, native: NativeRecords) -> None:
        self._native = native

    async def page(self, token: str | None = None) -> Page[Row]:
        """Returns the first page, or the page of a token."""
        return Page(*await call(self._native.page(arguments.optional_text("token", token))))

    async def pages(self) -> AsyncIterator[Page[Row]]:
        """Iterates over the pages; from the second one on, the next page is fetched ahead."""
        pages = self._native.pages()
        while (page := await call(pages.next())) is not None:
            yield Page(*page)

    def __aiter__(self) -> AsyncIterator[Row]:
        return call_each(self._native.pages())

    async def to_list(self, *, limit: int | None = None) -> list[Row]:
        """Returns the records as a list, at most ``limit``."""
        most = arguments.optional_number("limit", limit)
        found: list[Row] = []
        async for record in self:
            if most is not None and len(found) >= most:
                break
            found.append(record)
        return found

    async def table(self) -> ArrowStream:
        """Returns the records as an Arrow stream for pyarrow, polars, pandas and others, page by page.

        The columns are those of the platform's metadata of the object, or those of ``fields``.

        Raises
        ------
        NotFoundError
            The platform does not have the object.
        """
        return ArrowStream(await call(self._native.table(False)))

    async def to_arrow(self) -> Any:
        """Returns the records as a ``pyarrow.Table``; needs pyarrow.

        A bulk job takes less memory for many records, and resumes after a crash.
        """
        return arrow_table(await call(self._native.table(True)))

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the records as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(await call(self._native.table(True)))

    async def to_polars(self) -> polars.DataFrame:
        """Returns the records as a ``polars.DataFrame``; needs polars."""
        return polars_frame(await call(self._native.table(True)))

"""Live lists of records of the synchronous platform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic

from .. import _arguments as arguments
from .._call import wait, wait_each
from .._native import NativeRecords
from .._tables import ArrowStream, Tabular, arrow_table, pandas_frame, polars_frame
from .._types import Page, Row

if TYPE_CHECKING:
    import pandas
    import polars


class Records(Tabular, Generic[Row]):
    """A list of records. The next page is requested when the reader reaches it."""

    def __init__(self, native: NativeRecords) -> None:
        self._native = native

    def page(self, token: str | None = None) -> Page[Row]:
        """Returns the first page, or the page of a token."""
        return Page(*wait(self._native.page(arguments.optional_text("token", token))))

    def pages(self) -> Iterator[Page[Row]]:
        """Iterates over the pages; from the second one on, the next page is fetched ahead."""
        pages = self._native.pages()
        while (page := wait(pages.next())) is not None:
            yield Page(*page)

    def __iter__(self) -> Iterator[Row]:
        return wait_each(self._native.pages())

    def to_list(self, *, limit: int | None = None) -> list[Row]:
        """Returns the records as a list, at most ``limit``."""
        most = arguments.optional_number("limit", limit)
        found: list[Row] = []
        for record in self:
            if most is not None and len(found) >= most:
                break
            found.append(record)
        return found

    def table(self) -> ArrowStream:
        """Returns the records as an Arrow stream for pyarrow, polars, pandas and others, page by page.

        The columns are those of the platform's metadata of the object, or those of ``fields``.

        Raises
        ------
        NotFoundError
            The platform does not have the object.
        """
        return ArrowStream(wait(self._native.table(False)))

    def to_arrow(self) -> Any:
        """Returns the records as a ``pyarrow.Table``; needs pyarrow.

        A bulk job takes less memory for many records, and resumes after a crash.
        """
        return arrow_table(wait(self._native.table(True)))

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the records as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(wait(self._native.table(True)))

    def to_polars(self) -> polars.DataFrame:
        """Returns the records as a ``polars.DataFrame``; needs polars."""
        return polars_frame(wait(self._native.table(True)))

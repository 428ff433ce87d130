"""Live lists of records of the synchronous platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic

from .. import _arguments as arguments
from .. import _display as display
from .._call import wait, wait_each
from .._native import NativeRecords
from .._tables import ArrowStream, Tabular, arrow_table, pandas_frame, polars_frame
from .._types import Page, Row

if TYPE_CHECKING:
    import pandas
    import polars


class Records(Tabular, Generic[Row]):
    """A list of records. The next page is requested when the reader reaches it.

    Its records can be written too. A write is sent once; it is repeated only if no connection could be made.
    Restrictions of the list, such as ``where``, do not apply to writes; other ``params`` are sent.
    """

    def __init__(self, native: NativeRecords, resource: str, query: Sequence[tuple[str, str]]) -> None:
        self._native = native
        self._resource, self._query = resource, query

    def __repr__(self) -> str:
        return display.text(f"Records {self._resource}", dict(self._query))

    def _repr_html_(self) -> str:
        to_read = {"to read it": "iterate over it, or to_list(limit=10)"}
        return display.properties(f"Records {self._resource}", {**dict(self._query), **to_read})

    def page(self, token: str | None = None) -> Page[Row]:
        """Returns the first page, or the page of a token."""
        return Page(*wait(self._native.page(arguments.optional_text("token", token))))

    def pages(self) -> Iterator[Page[Row]]:
        """Iterates over the pages; from the second one on, the next page is fetched ahead."""
        pages = self._native.pages()
        while (page := wait(pages.next())) is not None:
            yield Page(*page)

    def __iter__(self) -> Iterator[Row]:
        return wait_each(self._native.chunks())

    def to_list(self, *, limit: int | None = None) -> list[Row]:
        """Returns the records as a list, at most ``limit``. Notebooks show it as a table."""
        most = arguments.optional_number("limit", limit)
        found = display.Rows[Row]()
        for record in self:
            if most is not None and len(found) >= most:
                break
            found.append(record)
        return found

    def create(self, record: Mapping[str, object]) -> Row | None:
        """Creates a record and returns it as the vendor has it, usually with its id (spec P 7.1).

        ``None`` if the vendor returns none. A field that the object does not have is an :class:`ElementKitWarning`; it
        is sent nevertheless.

        Raises
        ------
        NotFoundError
            The element does not have the resource.
        InvalidRequestError, ConflictError
            With status 405 the element does not create such records; otherwise the vendor rejected it.
        TimeoutError, TransportError, VendorError
            The record may have been created; ``hint`` says so if that is possible. So it may after an interrupted call.
        """
        written: Row | None = wait(self._native.create(arguments.json_object("record", record)))
        return written

    def replace(self, id: str | int, record: Mapping[str, object]) -> Row | None:
        """Replaces the record with this id: fields that the new one leaves out are gone.

        Raises
        ------
        NotFoundError
            There is no such record. Other errors are those of :meth:`create`.
        ConfigError
            The id is empty.
        """
        of = arguments.record_id("id", id)
        written: Row | None = wait(self._native.replace(of, arguments.json_object("record", record)))
        return written

    def update(self, id: str | int, changes: Mapping[str, object]) -> Row | None:
        """Changes fields of the record with this id; the others stay. Errors are those of :meth:`replace`."""
        of = arguments.record_id("id", id)
        written: Row | None = wait(self._native.update(of, arguments.json_object("changes", changes)))
        return written

    def delete(self, id: str | int) -> None:
        """Deletes the record with this id. Errors are those of :meth:`replace`."""
        wait(self._native.delete(arguments.record_id("id", id)))

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

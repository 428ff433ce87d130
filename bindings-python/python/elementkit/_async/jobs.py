"""Bulk jobs of the asynchronous platform."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Generic, overload

from .. import _arguments as arguments
from .. import _display as display
from .._call import call
from .._native import NativeInstance, NativeJob
from .._options import QUERY, UPLOAD
from .._progress import Progress, reporter
from .._tables import ArrowStream, arrow_table, pandas_frame, polars_frame
from .._types import Json, Record, Row, job_members
from .._uploads import AsyncUploadSource, async_blocks, whole

if TYPE_CHECKING:
    import pandas
    import polars
    from typing_extensions import Unpack

    from .._options import QueryOptions, UploadOptions
    from .._records import (
        Activity,
        ActivityName,
        Attachment,
        AttachmentAccessSummary,
        AttachmentAccessSummaryName,
        AttachmentName,
        Channel,
        ChannelName,
        Contact,
        ContactName,
        Registration,
        RegistrationName,
        Survey,
        SurveyName,
        SurveyResponse,
        SurveyResponseName,
        Viewing,
        ViewingName,
        Webcast,
        WebcastName,
    )


class AsyncBulk:
    """The bulk jobs of an instance."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    async def query(self, statement: str, **options: Unpack[QueryOptions]) -> AsyncJob:
        """Starts a job, for instance ``select * from contacts where lastUpdated > '2026-01-01'``.

        Parameters
        ----------
        statement
            A ``select`` statement in CEQL.
        options
            Any of :class:`QueryOptions`, for instance ``from_="2026-01-01"`` or ``callback_url=…``; calls of that URL
            are checked with :func:`elementkit.webhook.verify`.

        Raises
        ------
        InvalidRequestError
            The statement cannot be parsed; the message has the position.
        NotFoundError
            The object does not exist.
        """
        taken = arguments.json_text("options", arguments.options("query", options, QUERY))
        return AsyncJob(await call(self._native.bulk_query(arguments.text("statement", statement), taken)))

    # Overloads of download, generated from the resource table.
    @overload
    async def download(
        self, object: ChannelName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[Channel]: ...
    @overload
    async def download(
        self, object: ActivityName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[Activity]: ...
    @overload
    async def download(
        self, object: ContactName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[Contact]: ...
    @overload
    async def download(
        self, object: AttachmentAccessSummaryName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[AttachmentAccessSummary]: ...
    @overload
    async def download(self, object: SurveyName, *, from_: str | None = None, **members: Json) -> AsyncJob[Survey]: ...
    @overload
    async def download(
        self, object: SurveyResponseName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[SurveyResponse]: ...
    @overload
    async def download(
        self, object: WebcastName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[Webcast]: ...
    @overload
    async def download(
        self, object: RegistrationName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[Registration]: ...
    @overload
    async def download(
        self, object: ViewingName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[Viewing]: ...
    @overload
    async def download(
        self, object: AttachmentName, *, from_: str | None = None, **members: Json
    ) -> AsyncJob[Attachment]: ...
    @overload
    async def download(self, object: str, *, from_: str | None = None, **members: Json) -> AsyncJob[Record]: ...
    # End of the overloads of download.
    async def download(self, object: str, *, from_: str | None = None, **members: Json) -> AsyncJob[Any]:
        """Starts a job with the newer form of the call, without a statement.

        Parameters
        ----------
        object
            For instance ``contacts``.
        from_
            Only records changed at or after this ISO-8601 date; the platform calls it ``from``.
        **members
            Other members of the request: ``format``, ``where``, ``selectFields``, ``limit``, ``to``,
            ``filterDateField``, ``filterNulls``, ``apiLimit``, ``continueFromJobId``, ``notificationUrl``, ``query``.
            Any other is a TypeError.
        """
        if from_ is not None:
            members["from"] = arguments.text("from_", from_)
        taken = arguments.json_object("members", job_members(members))
        return AsyncJob(await call(self._native.bulk_download(arguments.text("object", object), taken)))

    async def upload(self, object: str, source: AsyncUploadSource, **options: Unpack[UploadOptions]) -> AsyncJob:
        """Starts a job that sends records to the vendor, for instance
        ``upload("contacts", "contacts.csv", mode="upsert", key="email")`` (spec P 10.9, E 9.21 to 9.27).

        Returns when the platform has all records; the job then sends them, also after a restart of the process. Records
        that the vendor refuses are counted in the status as ``recordsFailedCount``; :meth:`AsyncJob.errors` has the
        reasons, and :meth:`AsyncJob.download_failed` the records, to be corrected and uploaded again. Of those,
        ``recordsUnknownCount`` were sent without an answer. The rows of the job are the vendor's answers, each with the
        line of its record, or its position from 1, as ``_row``.

        Parameters
        ----------
        object
            An object or a common resource, for instance ``contacts``.
        source
            The path of a file (CSV, a JSON array or JSON lines), which is streamed; its bytes; or an iterable of
            mappings, for instance a generator, which is read as fast as the platform takes its records.
        options
            Any of :class:`UploadOptions`, for instance ``mode="upsert"`` and ``key="email"``.

        Raises
        ------
        ConfigError
            An option has a value that is unknown; nothing was sent.
        InvalidRequestError
            The object takes no uploads, or has no resource for the mode.
        NotFoundError
            The object does not exist.
        StorageError
            The file cannot be read.
        """
        name = arguments.text("object", object)
        taken = arguments.json_text("options", arguments.options("upload", options, UPLOAD))
        if (content := whole(source)) is not None:
            return AsyncJob(await call(self._native.bulk_upload(name, *content, taken)))
        feed = await call(self._native.bulk_feed(name, taken))
        try:
            async for block in async_blocks(source):
                await call(feed.push(block))
            return AsyncJob(await call(feed.finish()))
        finally:
            # Without effect after the end.
            feed.abandon()

    async def job(self, id: str) -> AsyncJob:
        """Returns the job of an id."""
        return AsyncJob(await call(self._native.job(arguments.text("id", id))))

    async def list(self) -> list[Record]:
        """Returns one page of the newest jobs, newest first."""
        return await call(self._native.jobs())


class AsyncJob(Generic[Row]):
    """A bulk job."""

    def __init__(self, native: NativeJob) -> None:
        self._native = native
        self._known: Record | None = None

    def __repr__(self) -> str:
        return display.text(f"AsyncJob {self.id}", display.status(self._known))

    def _repr_html_(self) -> str:
        return display.properties(f"Job {self.id}", display.status(self._known) or {"status": "not requested yet"})

    @property
    def id(self) -> str:
        """Its id."""
        return self._native.id

    async def status(self) -> Record:
        """Returns its status."""
        self._known = await call(self._native.status())
        return self._known

    async def report(self) -> Record:
        """Returns its figures: rows read, written, ignored, failed; warnings; the watermark of the next pull."""
        return await call(self._native.report())

    async def partitions(self) -> list[Record] | None:
        """Returns the partitions of its result in order, each with ``partition`` and ``recordsCount``.

        Each can be read apart with :meth:`partition`, also in other processes. ``None`` if the result is sorted,
        so that it has to be read as a whole, or is no longer kept.
        """
        return await call(self._native.partitions())

    def partition(self, part: Record) -> AsyncJob[Row]:
        """Returns this job with one of its :meth:`partitions` as the whole result."""
        count = arguments.whole_number("recordsCount", part.get("recordsCount", -1))
        return AsyncJob(self._native.partition(arguments.text("partition", part.get("partition")), count))

    async def statuses(self) -> AsyncIterator[Record]:
        """Polls its status until it has ended.

        Raises
        ------
        JobFailedError, JobCancelledError
            After the last status, if it ended without success.
        """
        statuses = self._native.statuses(None)
        while (status := await call(statuses.next())) is not None:
            self._known = status
            yield status

    async def wait(self, *, progress: Progress = "auto", timeout: float | None = None) -> Record:
        """Waits for the end and returns the last status.

        Parameters
        ----------
        progress
            ``"auto"`` shows a bar in a notebook, and writes a line if stderr is a terminal; ``"log"`` logs to
            ``elementkit.progress`` at intervals; ``"off"`` reports nothing; a function is called with every status.
        timeout
            Maximum number of seconds to wait; the job continues afterwards.

        Raises
        ------
        JobFailedError, JobCancelledError
            It ended without success; :meth:`resume` continues where it stopped.
        TimeoutError
            It has not ended in time.
        """
        report = reporter(progress)
        statuses = self._native.statuses(arguments.milliseconds("timeout", timeout))
        last: Record = {}
        while (status := await call(statuses.next())) is not None:
            self._known = last = status
            report(status)
        return last

    async def cancel(self) -> Record:
        """Requests its cancellation."""
        return await call(self._native.cancel())

    async def resume(self) -> Record:
        """Resumes an aborted or cancelled job; nothing is lost or repeated."""
        return await call(self._native.resume())

    async def errors(self) -> AsyncIterator[Record]:
        """Iterates over the rows that failed."""
        errors = self._native.errors()
        while (rows := await call(errors.next())) is not None:
            for row in rows:
                yield row

    async def failed_records(self, *, unknown: bool = False) -> AsyncIterator[bytes]:
        """Iterates over the records of an upload that failed, as the bytes of a file of its format, which can be
        corrected and uploaded again.

        Parameters
        ----------
        unknown
            Returns the records whose outcome is not known instead: they were sent, and no answer arrived. Look for them
            at the vendor before sending them again.

        Raises
        ------
        NotFoundError
            The job is no upload, its file has expired, or the platform is not ElementKit's own engine.
        """
        chunks = await call(self._native.failed(arguments.flag("unknown", unknown)))
        while (chunk := await call(chunks.next())) is not None:
            yield chunk

    async def download_failed(self, path: str | os.PathLike[str], *, unknown: bool = False) -> int:
        """Writes the records of :meth:`failed_records` to a file and returns its size in bytes; the file appears only
        when it is complete.

        Parameters
        ----------
        path
            The file.
        unknown
            Writes the records whose outcome is not known instead.
        """
        pending = self._native.download_failed(arguments.path("path", path), arguments.flag("unknown", unknown))
        return await call(pending)

    async def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Writes the result to a file and returns its size; the file appears only when it is complete.

        Parameters
        ----------
        path
            The file.
        format
            ``csv``, ``json``, ``jsonl``, ``parquet`` or ``arrow``; by default inferred from the file extension.
        """
        pending = self._native.download(arguments.path("path", path), arguments.optional_text("format", format))
        return await call(pending)

    async def batches(self, *, size: int = 1000) -> AsyncIterator[list[Row]]:
        """Iterates over the records in order, in lists of at most ``size``.

        Every record has every selected field: ``None`` where it has no value.
        """
        pages = await call(self._native.pages(arguments.whole_number("size", size, least=1)))
        while (page := await call(pages.next())) is not None:
            yield page[0]

    async def table(self) -> ArrowStream:
        """Returns the result as an Arrow stream for pyarrow, polars, pandas and others, batch by batch."""
        return ArrowStream(await call(self._native.table(False)))

    async def to_arrow(self) -> Any:
        """Returns the result as a ``pyarrow.Table``; needs pyarrow."""
        return arrow_table(await call(self._native.table(True)))

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the result as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(await call(self._native.table(True)))

    async def to_polars(self) -> polars.DataFrame:
        """Returns the result as a ``polars.DataFrame``; needs polars."""
        return polars_frame(await call(self._native.table(True)))

    async def stream(self, format: str = "csv") -> AsyncIterator[bytes]:
        """Iterates over the result in chunks of bytes."""
        chunks = await call(self._native.stream(arguments.text("format", format)))
        while (chunk := await call(chunks.next())) is not None:
            yield chunk

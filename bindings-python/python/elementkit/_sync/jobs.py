"""Bulk jobs of the synchronous platform."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, overload

from .. import _arguments as arguments
from .. import _display as display
from .._call import wait
from .._native import NativeInstance, NativeJob
from .._options import QUERY, UPLOAD
from .._progress import Progress, reporter
from .._tables import ArrowStream, Tabular, arrow_table, pandas_frame, polars_frame
from .._types import Json, Record, Row, job_members
from .._uploads import UploadSource, blocks, whole

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


class Bulk:
    """The bulk jobs of an instance."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    def query(self, statement: str, **options: Unpack[QueryOptions]) -> Job:
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
        return Job(wait(self._native.bulk_query(arguments.text("statement", statement), taken)))

    # Overloads of download, generated from the resource table.
    @overload
    def download(
        self, object: ChannelName, *, from_: str | None = None, **members: Json
    ) -> Job[Channel]: ...
    @overload
    def download(
        self, object: ActivityName, *, from_: str | None = None, **members: Json
    ) -> Job[Activity]: ...
    @overload
    def download(
        self, object: ContactName, *, from_: str | None = None, **members: Json
    ) -> Job[Contact]: ...
    @overload
    def download(
        self, object: AttachmentAccessSummaryName, *, from_: str | None = None, **members: Json
    ) -> Job[AttachmentAccessSummary]: ...
    @overload
    def download(self, object: SurveyName, *, from_: str | None = None, **members: Json) -> Job[Survey]: ...
    @overload
    def download(
        self, object: SurveyResponseName, *, from_: str | None = None, **members: Json
    ) -> Job[SurveyResponse]: ...
    @overload
    def download(
        self, object: WebcastName, *, from_: str | None = None, **members: Json
    ) -> Job[Webcast]: ...
    @overload
    def download(
        self, object: RegistrationName, *, from_: str | None = None, **members: Json
    ) -> Job[Registration]: ...
    @overload
    def download(
        self, object: ViewingName, *, from_: str | None = None, **members: Json
    ) -> Job[Viewing]: ...
    @overload
    def download(
        self, object: AttachmentName, *, from_: str | None = None, **members: Json
    ) -> Job[Attachment]: ...
    @overload
    def download(self, object: str, *, from_: str | None = None, **members: Json) -> Job[Record]: ...
    # End of the overloads of download.
    def download(self, object: str, *, from_: str | None = None, **members: Json) -> Job[Any]:
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
        return Job(wait(self._native.bulk_download(arguments.text("object", object), taken)))

    def upload(self, object: str, source: UploadSource, **options: Unpack[UploadOptions]) -> Job:
        """Starts a job that sends records to the vendor, for instance
        ``upload("contacts", "contacts.csv", mode="upsert", key="email")`` (spec P 10.9, E 9.21 to 9.27).

        Returns when the platform has all records; the job then sends them, also after a restart of the process. Records
        that the vendor refuses are counted in the status as ``recordsFailedCount``; :meth:`Job.errors` has the
        reasons, and :meth:`Job.download_failed` the records, to be corrected and uploaded again. Of those,
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
            return Job(wait(self._native.bulk_upload(name, *content, taken)))
        feed = wait(self._native.bulk_feed(name, taken))
        try:
            for block in blocks(source):
                wait(feed.push(block))
            return Job(wait(feed.finish()))
        finally:
            # Without effect after the end.
            feed.abandon()

    def job(self, id: str) -> Job:
        """Returns the job of an id."""
        return Job(wait(self._native.job(arguments.text("id", id))))

    def list(self) -> list[Record]:
        """Returns one page of the newest jobs, newest first."""
        return wait(self._native.jobs())


class Job(Tabular, Generic[Row]):
    """A bulk job."""

    def __init__(self, native: NativeJob) -> None:
        self._native = native
        self._known: Record | None = None

    def __repr__(self) -> str:
        return display.text(f"Job {self.id}", display.status(self._known))

    def _repr_html_(self) -> str:
        return display.properties(f"Job {self.id}", display.status(self._known) or {"status": "not requested yet"})

    @property
    def id(self) -> str:
        """Its id."""
        return self._native.id

    def status(self) -> Record:
        """Returns its status."""
        self._known = wait(self._native.status())
        return self._known

    def report(self) -> Record:
        """Returns its figures: rows read, written, ignored, failed; warnings; the watermark of the next pull."""
        return wait(self._native.report())

    def partitions(self) -> list[Record] | None:
        """Returns the partitions of its result in order, each with ``partition`` and ``recordsCount``.

        Each can be read apart with :meth:`partition`, also in other processes. ``None`` if the result is sorted,
        so that it has to be read as a whole, or is no longer kept.
        """
        return wait(self._native.partitions())

    def partition(self, part: Record) -> Job[Row]:
        """Returns this job with one of its :meth:`partitions` as the whole result."""
        count = arguments.whole_number("recordsCount", part.get("recordsCount", -1))
        return Job(self._native.partition(arguments.text("partition", part.get("partition")), count))

    def statuses(self) -> Iterator[Record]:
        """Polls its status until it has ended.

        Raises
        ------
        JobFailedError, JobCancelledError
            After the last status, if it ended without success.
        """
        statuses = self._native.statuses(None)
        while (status := wait(statuses.next())) is not None:
            self._known = status
            yield status

    def wait(self, *, progress: Progress = "auto", timeout: float | None = None) -> Record:
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
        while (status := wait(statuses.next())) is not None:
            self._known = last = status
            report(status)
        return last

    def cancel(self) -> Record:
        """Requests its cancellation."""
        return wait(self._native.cancel())

    def resume(self) -> Record:
        """Resumes an aborted or cancelled job; nothing is lost or repeated."""
        return wait(self._native.resume())

    def errors(self) -> Iterator[Record]:
        """Iterates over the rows that failed."""
        errors = self._native.errors()
        while (rows := wait(errors.next())) is not None:
            for row in rows:
                yield row

    def failed_records(self, *, unknown: bool = False) -> Iterator[bytes]:
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
        chunks = wait(self._native.failed(arguments.flag("unknown", unknown)))
        while (chunk := wait(chunks.next())) is not None:
            yield chunk

    def download_failed(self, path: str | os.PathLike[str], *, unknown: bool = False) -> int:
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
        return wait(pending)

    def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Writes the result to a file and returns its size; the file appears only when it is complete.

        Parameters
        ----------
        path
            The file.
        format
            ``csv``, ``json``, ``jsonl``, ``parquet`` or ``arrow``; by default inferred from the file extension.
        """
        pending = self._native.download(arguments.path("path", path), arguments.optional_text("format", format))
        return wait(pending)

    def batches(self, *, size: int = 1000) -> Iterator[list[Row]]:
        """Iterates over the records in order, in lists of at most ``size``.

        Every record has every selected field: ``None`` where it has no value.
        """
        pages = wait(self._native.pages(arguments.whole_number("size", size, least=1)))
        while (page := wait(pages.next())) is not None:
            yield page[0]

    def table(self) -> ArrowStream:
        """Returns the result as an Arrow stream for pyarrow, polars, pandas and others, batch by batch."""
        return ArrowStream(wait(self._native.table(False)))

    def to_arrow(self) -> Any:
        """Returns the result as a ``pyarrow.Table``; needs pyarrow."""
        return arrow_table(wait(self._native.table(True)))

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the result as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(wait(self._native.table(True)))

    def to_polars(self) -> polars.DataFrame:
        """Returns the result as a ``polars.DataFrame``; needs polars."""
        return polars_frame(wait(self._native.table(True)))

    def stream(self, format: str = "csv") -> Iterator[bytes]:
        """Iterates over the result in chunks of bytes."""
        chunks = wait(self._native.stream(arguments.text("format", format)))
        while (chunk := wait(chunks.next())) is not None:
            yield chunk

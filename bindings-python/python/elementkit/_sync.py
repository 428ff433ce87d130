"""The synchronous classes, made from the asynchronous ones by tools/make_sync.py. Every method is one call of the native module."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from json import dumps
from typing import Any, Literal

from ._call import wait, wait_each
from ._native import (
    NativeCommonResources,
    NativeDefinitions,
    NativeInstance,
    NativeJob,
    NativePlatform,
    NativeSync,
    NativeTable,
    NativeTransformations,
    Pending,
)
from ._progress import Progress, reporter
from ._tables import ArrowStream, Tabular, arrow_table, pandas_frame, polars_frame
from ._types import (
    Change,
    Json,
    ListQuery,
    Page,
    Record,
    Response,
    body_of,
    configuration_of,
    hosted_options,
    milliseconds,
    path_of,
    query_options,
    text_of,
)
from .ceql import Expression


class Platform:
    """A platform: the engine in this process, or one on the network.

    Use it as a context manager, or call :meth:`close`: bulk jobs of an embedded platform are then parked and go on
    when it is opened again.
    """

    def __init__(self, native: NativePlatform) -> None:
        self._native = native

    @classmethod
    def embedded(
        cls,
        database: str | os.PathLike[str],
        *,
        brighttalk_url: str | None = None,
        resume_jobs: bool = True,
        timeout: float | None = None,
    ) -> Platform:
        """Opens the engine on a database file; no platform account is needed.

        Parameters
        ----------
        database
            The file; created when it is not there, with its key file beside it (or ``ELEMENTKIT_VAULT_KEY``).
        brighttalk_url
            Another host instead of BrightTALK's, for a sandbox or a proxy.
        resume_jobs
            Whether parked bulk jobs go on at once.
        timeout
            Seconds a call may take until its answer begins; no limit but the engine's own.

        Raises
        ------
        StorageError
            The file cannot be opened, is of a newer version, or its vault key is missing.
        """
        pending = NativePlatform.embedded(path_of(database), brighttalk_url, resume_jobs, milliseconds(timeout))
        return cls(wait(pending))

    @classmethod
    def hosted(
        cls,
        base_url: str | None = None,
        *,
        user: str | None = None,
        organization: str | None = None,
        allow_insecure_http: bool = False,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        retries: int | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> Platform:
        """Reaches a Cloud Elements or Open Connectors platform, or an ``elementkit serve``. Nothing is sent yet.

        Parameters
        ----------
        base_url
            ``ELEMENTKIT_BASE_URL``, else US production.
        user, organization
            The secrets; ``ELEMENTKIT_USER_SECRET`` and ``ELEMENTKIT_ORGANIZATION_SECRET``.
        allow_insecure_http
            Plain HTTP beyond this machine.
        timeout
            Seconds a call may take, retries included, until its answer begins.
        connect_timeout, read_timeout
            Seconds to make a connection; seconds between two parts of an answer.
        retries
            How often a read is tried again; 3.
        proxy
            A proxy; those of the environment when not given.
        ca_file
            Further certificate authorities, as a PEM file.

        Raises
        ------
        ConfigError
            The URL cannot be used, would send secrets in the clear, or a secret is missing.
        """
        options = hosted_options(
            base_url=base_url,
            user=user,
            organization=organization,
            allow_insecure_http=allow_insecure_http,
            timeout_ms=milliseconds(timeout),
            connect_timeout_ms=milliseconds(connect_timeout),
            read_timeout_ms=milliseconds(read_timeout),
            retries=retries,
            proxy=proxy,
            ca_file=None if ca_file is None else path_of(ca_file),
        )
        return cls(NativePlatform.hosted(options))

    @property
    def instances(self) -> Instances:
        """The instances of the calling user."""
        return Instances(self._native)

    def definitions(
        self, level: Literal["organization", "account"] = "organization", id: int | None = None
    ) -> Definitions:
        """Object definitions of a level: shapes of one's own (see also :attr:`Instance.definitions`)."""
        return Definitions(self._native.definitions(level, id))

    def transformations(
        self,
        level: Literal["organization", "account"] = "organization",
        id: int | None = None,
        *,
        element: str = "brighttalk",
    ) -> Transformations:
        """Transformations of a level: how shapes map to the objects of an element."""
        return Transformations(self._native.transformations(element, level, id))

    @property
    def common_resources(self) -> CommonResources:
        """Shapes as all levels together make them."""
        return CommonResources(self._native.common_resources())

    def elements(self) -> list[Record]:
        """The elements of the platform."""
        return wait(self._native.elements())

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Json = None,
        token: str | None = None,
        timeout: float | None = None,
    ) -> Response:
        """Any call of any platform, by its path below ``/elements/api-v2``; with ``token`` as an instance's own."""
        pairs = list((query or {}).items())
        pending = self._native.request(method, path, pairs, body_of(json), token, milliseconds(timeout))
        return Response(*wait(pending))

    def close(self) -> None:
        """Ends the platform; twice does no harm."""
        wait(self._native.close())

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Instances:
    """The instances of a platform."""

    def __init__(self, native: NativePlatform) -> None:
        self._native = native

    def create(
        self,
        element: str,
        *,
        name: str,
        configuration: Mapping[str, object],
        tags: Sequence[str] | None = None,
    ) -> Instance:
        """Creates an instance; the vendor checks the credentials first.

        Raises
        ------
        AuthenticationError, PermissionDeniedError
            The vendor refuses the credentials; ``provider_message`` has its words.
        InvalidRequestError
            Something required is missing.
        """
        given = configuration_of(configuration)
        pending = self._native.create_instance(element, name, given, None if tags is None else list(tags))
        return Instance(wait(pending))

    def connect(
        self,
        element: str,
        *,
        name: str,
        configuration: Mapping[str, object],
        tags: Sequence[str] | None = None,
    ) -> Instance:
        """The instance of this element and name: created when there is none, else given this configuration, and these
        tags if any. So a program may connect each time it runs. The oldest, where several have the name.

        Raises
        ------
        AuthenticationError, PermissionDeniedError
            The vendor refuses the credentials; an instance there was is then as before.
        InvalidRequestError
            Something required is missing.
        """
        given = configuration_of(configuration)
        pending = self._native.connect_instance(element, name, given, None if tags is None else list(tags))
        return Instance(wait(pending))

    def get(self, id: int) -> Instance:
        """One instance by its id."""
        return Instance(wait(self._native.get_instance(id)))

    def list(self, *, search: str | None = None, tags: Sequence[str] = ()) -> list[Record]:
        """The instances, by ascending id, without configuration.

        Parameters
        ----------
        search
            Only those whose name, or the key of whose element, contains this.
        tags
            Only those with all of these tags.
        """
        return wait(self._native.list_instances(search, [*tags]))

    def count(self) -> Record:
        """How many there are, in all and by element."""
        return wait(self._native.count_instances())

    def delete(self, id: int) -> None:
        """Deletes an instance with its jobs and their files."""
        wait(self._native.delete_instance(id))

    def with_token(self, token: str) -> Instance:
        """An instance of which only the Element token is known; it is not looked up."""
        return Instance(self._native.instance_with_token(token))


class Instance:
    """An instance: an element connected with credentials."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<Instance {self.id}>"

    @property
    def id(self) -> int | None:
        """Its id; None when only its token is known."""
        return self._native.id

    @property
    def token(self) -> str:
        """Its Element token. A secret."""
        return self._native.token

    @property
    def details(self) -> Record:
        """What the platform says of it; secrets are masked, the token is there."""
        return self._native.details or {}

    @property
    def bulk(self) -> Bulk:
        """Its bulk jobs."""
        return Bulk(self._native)

    @property
    def definitions(self) -> Definitions:
        """Its own object definitions."""
        return Definitions(self._native.definitions())

    @property
    def transformations(self) -> Transformations:
        """Its own transformations."""
        return Transformations(self._native.transformations())

    def update(self, change: Change) -> Record:
        """Replaces what is given; configuration that is not named goes back to its default.

        Parameters
        ----------
        change
            ``name``, ``tags`` and ``configuration``, as far as they are to change.

        Raises
        ------
        AuthenticationError
            The vendor refuses new credentials; nothing was changed.
        """
        return wait(self._native.change(dumps(change), True))

    def patch(self, change: Change) -> Record:
        """Changes what is given and nothing else; a configuration of None goes back to its default."""
        return wait(self._native.change(dumps(change), False))

    def enable(self) -> None:
        """Lets it be used again."""
        wait(self._native.set_enabled(True))

    def disable(self) -> None:
        """Refuses resource calls and new bulk jobs until it is enabled again."""
        wait(self._native.set_enabled(False))

    def delete(self) -> None:
        """Deletes it with its jobs and their files."""
        wait(self._native.delete())

    def configuration(self) -> list[Record]:
        """Its configuration, one entry each; secrets are masked."""
        return wait(self._native.configuration())

    def configure(self, item: int, value: str | None) -> Record:
        """Sets one entry of :meth:`configuration` by its id."""
        return wait(self._native.configure(item, value))

    def rotate_token(self) -> str:
        """Gives it a new Element token, which is answered; the old one is invalid at once."""
        return wait(self._native.rotate_token())

    def capabilities(self) -> list[str]:
        """The extensions the platform has for it, for instance ``bulk-resume`` or ``format-arrow``."""
        return wait(self._native.capabilities())

    def sync(self, object: str, state: str | None = None) -> Sync:
        """Pulls what changed since the last time; everything without a state.

        Take the rows, then keep :meth:`Sync.state` for the next time. Rows are to be upserted by their primary
        key: pulls overlap, so that nothing is missed.

        Parameters
        ----------
        object
            For instance ``contacts``.
        state
            What :meth:`Sync.state` answered the last time.
        """
        return Sync(wait(self._native.sync(object, state)))

    def ping(self) -> None:
        """Checks with the vendor that the credentials work."""
        wait(self._native.ping())

    def objects(self) -> list[str]:
        """The names of its objects."""
        return wait(self._native.objects())

    def records(
        self,
        resource: str,
        *,
        where: str | Expression | None = None,
        fields: str | Sequence[str] | None = None,
        order_by: str | None = None,
        page_size: int | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Records:
        """A list of records, read when it is iterated over.

        Parameters
        ----------
        resource
            A path such as ``channels``, ``contacts`` or ``channels/1001/webcasts``.
        where
            A CEQL condition, for instance ``lastUpdated > '2026-01-01'`` or ``ek.field("id") == 7``.
        fields
            Only these: a list, or a text with commas.
        order_by
            For instance ``lastUpdated desc``; the platform then reads the whole list first.
        page_size
            1 to 5000; 200.
        params
            Other query parameters, for instance ``since``.
        """
        return Records(self._native, resource, ListQuery(text_of(where), fields, order_by, page_size, params))


class Records(Tabular):
    """A list of records. The next page is asked for when the reader gets there."""

    def __init__(self, native: NativeInstance, resource: str, query: ListQuery) -> None:
        self._native = native
        self._resource = resource
        self._query = query

    def page(self, token: str | None = None) -> Page:
        """One page: the first, or the one a token leads to."""
        return Page(*wait(self._native.page(self._resource, self._query.pairs(), token)))

    def pages(self) -> Iterator[Page]:
        """Every page in order; from the second one on, the next page is fetched while you work on the last."""
        pages = self._native.pages(self._resource, self._query.pairs())
        while (page := wait(pages.next())) is not None:
            yield Page(*page)

    def __iter__(self) -> Iterator[Record]:
        return wait_each(self._native.pages(self._resource, self._query.pairs()))

    def to_list(self, *, limit: int | None = None) -> list[Record]:
        """The records as a list, at most ``limit``."""
        found: list[Record] = []
        for record in self:
            if limit is not None and len(found) >= limit:
                break
            found.append(record)
        return found

    def table(self) -> ArrowStream:
        """The records as an Arrow stream that pyarrow, polars, pandas and others take as it is, page by page.

        The columns are those the platform's metadata tells of the object, or those of ``fields``.

        Raises
        ------
        NotFoundError
            The platform does not know the object.
        """
        return ArrowStream(wait(self._table()))

    def to_arrow(self) -> Any:
        """The records as a ``pyarrow.Table``; needs pyarrow. For many, a bulk job is faster."""
        return arrow_table(wait(self._table(whole=True)))

    def to_pandas(self) -> Any:
        """The records as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(wait(self._table(whole=True)))

    def to_polars(self) -> Any:
        """The records as a ``polars.DataFrame``; needs polars."""
        return polars_frame(wait(self._table(whole=True)))

    def _table(self, *, whole: bool = False) -> Pending[NativeTable]:
        return self._native.table(self._resource, self._query.pairs(), whole)


class Bulk:
    """The bulk jobs of an instance."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    def query(
        self,
        statement: str,
        *,
        from_: str | None = None,
        to: str | None = None,
        continue_from: str | None = None,
        callback_url: str | None = None,
        callback_payload: Json = None,
        file_name: str | None = None,
    ) -> Job:
        """Starts a job, for instance ``select * from contacts where lastUpdated > '2026-01-01'``.

        Parameters
        ----------
        statement
            What to pull.
        from_, to
            Only records changed at or after, at or before these ISO-8601 dates.
        continue_from
            The id of an earlier job, to start where its limit stopped it.
        callback_url, callback_payload
            Where the platform tells of the end, and JSON it sends along; see :func:`elementkit.webhook.verify`.
        file_name
            The name of the file when it is downloaded by others; ``{yyyy-MM-dd HH:mm:ss}`` stands for the time.

        Raises
        ------
        InvalidRequestError
            The statement cannot be read; the message says where.
        NotFoundError
            There is no such object.
        """
        options = query_options(from_, to, continue_from, callback_url, callback_payload, file_name)
        return Job(wait(self._native.bulk_query(statement, options)))

    def download(self, object: str, *, from_: str | None = None, **members: Json) -> Job:
        """Starts a job by the newer form, without a statement.

        Parameters
        ----------
        object
            For instance ``contacts``.
        from_
            Only records changed at or after this ISO-8601 date; the platform calls it ``from``.
        **members
            What else the platform takes: ``format``, ``where``, ``selectFields``, ``limit``, ``to``,
            ``filterDateField``, ``filterNulls``, ``apiLimit``, ``continueFromJobId``, ``notificationUrl``, ``query``.
        """
        if from_ is not None:
            members["from"] = from_
        return Job(wait(self._native.bulk_download(object, dumps(members))))

    def job(self, id: str) -> Job:
        """A job known by its id."""
        return Job(wait(self._native.job(id)))

    def list(self) -> list[Record]:
        """The newest jobs, newest first; at most one page of them."""
        return wait(self._native.jobs())


class Job(Tabular):
    """A bulk job."""

    def __init__(self, native: NativeJob) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<Job {self.id}>"

    @property
    def id(self) -> str:
        """Its id."""
        return self._native.id

    def status(self) -> Record:
        """Where it stands."""
        return wait(self._native.status())

    def report(self) -> Record:
        """Its figures: rows read, written, ignored, failed; warnings; the watermark of the next pull."""
        return wait(self._native.report())

    def statuses(self) -> Iterator[Record]:
        """Its status now and again, until it has ended.

        Raises
        ------
        JobFailedError, JobCancelledError
            After the last status, when it ended without success.
        """
        statuses = self._native.statuses()
        while (status := wait(statuses.next())) is not None:
            yield status

    def wait(self, *, progress: Progress = "auto") -> Record:
        """Waits for the end and answers the last status.

        Parameters
        ----------
        progress
            ``"auto"`` writes a line on a terminal and nothing elsewhere; ``"log"`` logs to ``elementkit.progress`` now
            and then; ``"off"`` nothing; a function gets every status.

        Raises
        ------
        JobFailedError, JobCancelledError
            It ended without success; :meth:`resume` goes on where it stopped.
        """
        report = reporter(progress)
        last: Record = {}
        for status in self.statuses():
            report(status)
            last = status
        return last

    def cancel(self) -> Record:
        """Asks it to end."""
        return wait(self._native.cancel())

    def resume(self) -> Record:
        """Goes on with an aborted or cancelled job; nothing is lost or repeated."""
        return wait(self._native.resume())

    def errors(self) -> Iterator[Record]:
        """The rows that failed."""
        errors = self._native.errors()
        while (rows := wait(errors.next())) is not None:
            for row in rows:
                yield row

    def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Writes the result into a file and answers its size; the file appears only when it is whole.

        Parameters
        ----------
        path
            The file.
        format
            ``csv``, ``json``, ``jsonl``, ``parquet`` or ``arrow``; by the file's ending when not given.
        """
        return wait(self._native.download(path_of(path), format))

    def batches(self, *, size: int = 1000) -> Iterator[list[Record]]:
        """The records in lists of at most ``size``, in their order."""
        pages = wait(self._native.pages(size))
        while (page := wait(pages.next())) is not None:
            yield page[0]

    def table(self) -> ArrowStream:
        """The result as an Arrow stream that pyarrow, polars, pandas and others take as it is, batch by batch."""
        return ArrowStream(wait(self._native.table(False)))

    def to_arrow(self) -> Any:
        """The result as a ``pyarrow.Table``; needs pyarrow."""
        return arrow_table(wait(self._native.table(True)))

    def to_pandas(self) -> Any:
        """The result as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(wait(self._native.table(True)))

    def to_polars(self) -> Any:
        """The result as a ``polars.DataFrame``; needs polars."""
        return polars_frame(wait(self._native.table(True)))

    def stream(self, format: str = "csv") -> Iterator[bytes]:
        """The result as chunks of bytes."""
        chunks = wait(self._native.stream(format))
        while (chunk := wait(chunks.next())) is not None:
            yield chunk


class Sync:
    """A pull of what changed: its job, its rows, and the state for the next pull once they were taken."""

    def __init__(self, native: NativeSync) -> None:
        self._native = native

    @property
    def job(self) -> Job:
        """The job."""
        return Job(self._native.job())

    def wait(self) -> Record:
        """Waits until the rows are there."""
        return wait(self._native.wait())

    def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Waits, then writes the rows into a file and answers its size; as :meth:`Job.download`."""
        return wait(self._native.download(path_of(path), format))

    def batches(self, *, size: int = 1000) -> Iterator[list[Record]]:
        """Waits, then gives the rows in lists of at most ``size``."""
        pages = wait(self._native.pages(size))
        while (page := wait(pages.next())) is not None:
            yield page[0]

    def state(self) -> str:
        """The state for the next pull: a short line of text.

        Raises
        ------
        ConfigError
            The rows have not been taken to their end: a state must never be ahead of the rows.
        """
        return wait(self._native.state())


class Definitions:
    """Object definitions of a level: shapes of one's own."""

    def __init__(self, native: NativeDefinitions) -> None:
        self._native = native

    def list(self) -> dict[str, Record]:
        """All of the level, by name."""
        return wait(self._native.list())

    def get(self, name: str) -> Record:
        """One of them; :class:`NotFoundError` when the level has none of this name."""
        return wait(self._native.get(name))

    def create(self, name: str, definition: Mapping[str, Any]) -> Record:
        """Creates one, for instance of ``{"fields": [{"path": "mail", "type": "string"}]}``."""
        return wait(self._native.create(name, dumps(definition)))

    def replace(self, name: str, definition: Mapping[str, Any]) -> Record:
        """Replaces its fields."""
        return wait(self._native.replace(name, dumps(definition)))

    def rename(self, name: str, new_name: str) -> None:
        """Renames it with its transformations at this level."""
        wait(self._native.rename(name, new_name))

    def delete(self, name: str) -> None:
        """Deletes it; :class:`ConflictError` while a transformation of the level uses it."""
        wait(self._native.delete(name))


class Transformations:
    """Transformations of a level: how shapes map to the objects of an element."""

    def __init__(self, native: NativeTransformations) -> None:
        self._native = native

    def list(self) -> dict[str, Record]:
        """All of the level, by the name of their shape."""
        return wait(self._native.list())

    def get(self, name: str) -> Record:
        """One of them."""
        return wait(self._native.get(name))

    def create(self, name: str, transformation: Mapping[str, Any]) -> Record:
        """Maps a shape, for instance with
        ``{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}]}``."""
        return wait(self._native.create(name, dumps(transformation)))

    def replace(self, name: str, transformation: Mapping[str, Any]) -> Record:
        """Replaces it."""
        return wait(self._native.replace(name, dumps(transformation)))

    def delete(self, name: str) -> None:
        """Deletes it."""
        wait(self._native.delete(name))

    def execute(self, name: str, payload: Json, *, to_vendor: bool = False) -> Json:
        """What the mapping makes of a record, or of a list of them; the vendor is not asked."""
        return wait(self._native.execute(name, dumps(payload), to_vendor))


class CommonResources:
    """Shapes as all levels together make them."""

    def __init__(self, native: NativeCommonResources) -> None:
        self._native = native

    def list(self) -> list[Record]:
        """All that the caller sees."""
        return wait(self._native.list())

    def get(self, name: str) -> Record:
        """One of them."""
        return wait(self._native.get(name))

    def save(self, resource: Mapping[str, Any]) -> Record:
        """Creates or replaces one by its ``name``."""
        return wait(self._native.save(dumps(resource)))

    def rename(self, name: str, new_name: str) -> None:
        """Renames it."""
        wait(self._native.rename(name, new_name))

    def delete(self, name: str) -> None:
        """Deletes it."""
        wait(self._native.delete(name))

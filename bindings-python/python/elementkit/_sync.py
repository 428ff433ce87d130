"""The synchronous classes, generated from the others by tools/make_sync.py.

Each method makes one call of the native module.
"""
# long: the classes refer to each other, and tools/make_sync.py generates one module from this one.

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, overload

from . import _arguments as arguments
from ._call import wait, wait_each
from ._native import (
    NativeCommonResources,
    NativeDefinitions,
    NativeInstance,
    NativeJob,
    NativePlatform,
    NativeRecords,
    NativeSync,
    NativeTransformations,
)
from ._options import EMBEDDED, HOSTED
from ._progress import Progress, reporter
from ._tables import ArrowStream, Tabular, arrow_table, pandas_frame, polars_frame
from ._types import CHANGES, Change, Json, Page, Record, Response, Row, condition, given, job_members, list_query
from ._vault import VaultKeyProvider, Watched, watched
from .ceql import Expression
from .errors import ElementKitError

if TYPE_CHECKING:
    import pandas
    import polars
    from typing_extensions import Unpack

    from ._options import EmbeddedOptions, HostedOptions
    from ._records import (
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
    from ._types import Narrowing, Selection


class Platform:
    """A platform: the engine in this process, or one on the network.

    Use it as a context manager, or call :meth:`close`: bulk jobs of an embedded platform are then parked and continue
    when it is opened again.
    """

    def __init__(self, native: NativePlatform) -> None:
        self._native = native

    @classmethod
    def embedded(
        cls,
        database: str | os.PathLike[str],
        *,
        vault_keys: bytes | VaultKeyProvider | None = None,
        **options: Unpack[EmbeddedOptions],
    ) -> Platform:
        """Opens the engine on a database file; no platform account is needed.

        Parameters
        ----------
        database
            The file; created if it does not exist, with its key file beside it (or ``ELEMENTKIT_VAULT_KEY``).
        vault_keys
            The vault key, if the program stores it instead of a file beside the database: the 32 bytes of the key, or
            a :class:`VaultKeyProvider` for a secret manager or another safe store.
        options
            Any of :class:`EmbeddedOptions`, for instance ``resume_jobs=False`` or ``retention=3600``.

        Raises
        ------
        StorageError
            The file cannot be opened, is of a newer version, or its vault key is missing.
        ConfigError
            An argument cannot be used, or the process was forked while its parent had a database open.
        """
        taken = {"database": arguments.path("database", database), **arguments.options("embedded", options, EMBEDDED)}
        return cls._opened(taken, vault_keys)

    @classmethod
    def embedded_from_env(
        cls, *, vault_keys: bytes | VaultKeyProvider | None = None, **options: Unpack[EmbeddedOptions]
    ) -> Platform:
        """Opens the engine as :meth:`embedded`, on the database file ``ELEMENTKIT_DATABASE``.

        By default ``elementkit.db`` in the current folder.
        """
        return cls._opened(arguments.options("embedded_from_env", options, EMBEDDED), vault_keys)

    @classmethod
    def _opened(cls, taken: Mapping[str, object], vault_keys: bytes | VaultKeyProvider | None) -> Platform:
        keys = watched(vault_keys)
        pending = NativePlatform.embedded(arguments.json_text("options", taken), keys)
        try:
            return cls(wait(pending))
        except ElementKitError as error:
            if isinstance(keys, Watched) and keys.exception is not None:
                raise error from keys.exception
            raise

    @classmethod
    def hosted(
        cls,
        base_url: str | None = None,
        **options: Unpack[HostedOptions],
    ) -> Platform:
        """Connects to a Cloud Elements or Open Connectors platform, or to ``elementkit serve``. Nothing is sent yet.

        Parameters
        ----------
        base_url
            The URL, or the name of a region such as ``eu``; by default ``ELEMENTKIT_BASE_URL``, else US production.
        options
            Any of :class:`HostedOptions`, for instance ``user`` and ``organization`` with the secrets.

        Raises
        ------
        ConfigError
            The URL cannot be used, would send secrets in the clear, or a secret is missing.
        """
        taken = arguments.options("hosted", {"base_url": base_url, **options}, HOSTED)
        return cls(NativePlatform.hosted(arguments.json_text("options", taken)))

    @property
    def instances(self) -> Instances:
        """The instances of the calling user."""
        return Instances(self._native)

    def definitions(
        self, level: Literal["organization", "account"] = "organization", id: int | None = None
    ) -> Definitions:
        """Object definitions of a level (see also :attr:`Instance.definitions`)."""
        return Definitions(self._native.definitions(level, id))

    def transformations(
        self,
        level: Literal["organization", "account"] = "organization",
        id: int | None = None,
        *,
        element: str = "brighttalk",
    ) -> Transformations:
        """Transformations of a level, which map shapes to the objects of an element."""
        return Transformations(self._native.transformations(element, level, id))

    @property
    def common_resources(self) -> CommonResources:
        """Shapes as the result of all levels."""
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
        """Sends any call, by its path below ``/elements/api-v2``; with ``token`` as a call of that instance."""
        pending = self._native.request(
            arguments.text("method", method),
            arguments.text("path", path),
            arguments.text_pairs("query", query),
            arguments.optional_json("json", json),
            arguments.optional_text("token", token),
            arguments.milliseconds("timeout", timeout),
        )
        return Response(*wait(pending))

    def close(self) -> None:
        """Closes the platform. Calling it again has no effect."""
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
            The vendor rejected the credentials; ``provider_message`` has its message.
        InvalidRequestError
            A required value is missing.
        """
        pending = self._native.create_instance(
            arguments.text("element", element),
            arguments.text("name", name),
            arguments.configuration(configuration),
            arguments.optional_texts("tags", tags),
        )
        return Instance(wait(pending))

    def connect(
        self,
        element: str,
        *,
        name: str,
        configuration: Mapping[str, object],
        tags: Sequence[str] | None = None,
    ) -> Instance:
        """Returns the instance of this element and name, and creates it if it does not exist.

        An existing instance gets this configuration, and these tags if any, so a program can connect on each run. If
        several instances have the name, the oldest is used.

        Raises
        ------
        AuthenticationError, PermissionDeniedError
            The vendor rejected the credentials; an existing instance is unchanged.
        InvalidRequestError
            A required value is missing.
        """
        pending = self._native.connect_instance(
            arguments.text("element", element),
            arguments.text("name", name),
            arguments.configuration(configuration),
            arguments.optional_texts("tags", tags),
        )
        return Instance(wait(pending))

    def connect_from_env(
        self,
        element: str,
        *,
        name: str | None = None,
        configuration: Mapping[str, object] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Instance:
        """Connects as :meth:`connect`, with missing credentials from the environment.

        For instance from ``BRIGHTTALK_API_KEY``. Without a name the instance is named after the element.

        Raises
        ------
        ConfigError
            A required value is neither given nor in the environment.
        """
        pending = self._native.connect_from_env(
            arguments.text("element", element),
            arguments.optional_text("name", name),
            arguments.configuration(configuration or {}),
            arguments.optional_texts("tags", tags),
        )
        return Instance(wait(pending))

    def _connect_brighttalk(self, options: Mapping[str, object]) -> Instance:
        """Connects BrightTALK; the options are those of core."""
        return Instance(wait(self._native.connect_brighttalk(arguments.json_text("options", options))))

    def get(self, id: int) -> Instance:
        """Returns an instance by its id."""
        return Instance(wait(self._native.get_instance(arguments.whole_number("id", id))))

    def only(self) -> Instance:
        """Returns the instance whose id is ``ELEMENTKIT_INSTANCE``, else the only instance.

        Raises
        ------
        NotFoundError
            There is no instance.
        ConfigError
            There are several instances.
        """
        return Instance(wait(self._native.only_instance()))

    def list(self, *, search: str | None = None, tags: Sequence[str] = ()) -> list[Record]:
        """Returns the instances, by ascending id, without configuration.

        Parameters
        ----------
        search
            Only instances whose name or element key contains this.
        tags
            Only instances with all of these tags.
        """
        pending = self._native.list_instances(arguments.optional_text("search", search), arguments.texts("tags", tags))
        return wait(pending)

    def count(self) -> Record:
        """Returns the number of instances, in total and by element."""
        return wait(self._native.count_instances())

    def delete(self, id: int) -> None:
        """Deletes an instance with its jobs and their files."""
        wait(self._native.delete_instance(arguments.whole_number("id", id)))

    def with_token(self, token: str) -> Instance:
        """Returns the instance of an Element token, without looking it up."""
        return Instance(self._native.instance_with_token(arguments.text("token", token)))


class Instance:
    """An instance: an element connected with credentials."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<Instance {self.id}>"

    @property
    def id(self) -> int | None:
        """Its id; ``None`` if only its token is known."""
        return self._native.id

    @property
    def token(self) -> str:
        """Its Element token. A secret."""
        return self._native.token

    @property
    def details(self) -> Record:
        """Its description by the platform, with its token; secrets are masked."""
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
        """Replaces the given members; configuration that is not given is reset to its default.

        Parameters
        ----------
        change
            Any of ``name``, ``tags`` and ``configuration``.

        Raises
        ------
        AuthenticationError
            The vendor rejected the new credentials; nothing was changed.
        """
        return wait(self._native.change(arguments.json_members("change", change, CHANGES), True))

    def patch(self, change: Change) -> Record:
        """Changes only the given members; a configuration value of ``None`` is reset to its default."""
        return wait(self._native.change(arguments.json_members("change", change, CHANGES), False))

    def enable(self) -> None:
        """Enables it again."""
        wait(self._native.set_enabled(True))

    def disable(self) -> None:
        """Disables it: resource calls and new bulk jobs are rejected until it is enabled again."""
        wait(self._native.set_enabled(False))

    def delete(self) -> None:
        """Deletes it with its jobs and their files."""
        wait(self._native.delete())

    def configuration(self) -> list[Record]:
        """Returns the entries of its configuration; secrets are masked."""
        return wait(self._native.configuration())

    def configure(self, item: int, value: str | None) -> Record:
        """Sets one entry of :meth:`configuration` by its id."""
        pending = self._native.configure(arguments.whole_number("item", item), arguments.optional_text("value", value))
        return wait(pending)

    def rotate_token(self) -> str:
        """Replaces its Element token and returns the new one; the old one is invalid at once."""
        return wait(self._native.rotate_token())

    def capabilities(self) -> list[str]:
        """Returns the platform's extensions for it, for instance ``bulk-resume`` or ``format-arrow``."""
        return wait(self._native.capabilities())

    # Overloads of sync, generated from the resource table.
    @overload
    def sync(
        self, object: ChannelName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Channel]: ...
    @overload
    def sync(
        self, object: ActivityName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Activity]: ...
    @overload
    def sync(
        self, object: ContactName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Contact]: ...
    @overload
    def sync(
        self, object: AttachmentAccessSummaryName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[AttachmentAccessSummary]: ...
    @overload
    def sync(
        self, object: SurveyName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Survey]: ...
    @overload
    def sync(
        self, object: SurveyResponseName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[SurveyResponse]: ...
    @overload
    def sync(
        self, object: WebcastName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Webcast]: ...
    @overload
    def sync(
        self, object: RegistrationName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Registration]: ...
    @overload
    def sync(
        self, object: ViewingName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Viewing]: ...
    @overload
    def sync(
        self, object: AttachmentName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Attachment]: ...
    @overload
    def sync(
        self, object: str, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Record]: ...
    # End of the overloads of sync.
    def sync(
        self,
        object: str,
        state: str | None = None,
        *,
        where: str | Expression | None = None,
        fields: str | Sequence[str] | None = None,
        channel: int | Sequence[int] | None = None,
    ) -> Sync[Any]:
        """Pulls the records that changed since the last pull, or all records without a state.

        Read the rows, then store :meth:`Sync.state` for the next pull. Upsert rows by their primary key: pulls
        overlap, so that nothing is missed.

        Parameters
        ----------
        object
            For instance ``contacts``.
        state
            The result of :meth:`Sync.state` of the last pull with the same selection.
        where
            Only records that meet this CEQL condition.
        fields
            Only these fields: a list, or a string with commas.
        channel
            Only records of this channel, or of these channels.
        """
        pending = self._native.sync(
            arguments.text("object", object),
            arguments.optional_text("state", state),
            condition("where", where),
            arguments.field_names("fields", fields),
            arguments.whole_numbers("channel", channel),
        )
        return Sync(wait(pending))

    def ping(self) -> None:
        """Checks with the vendor that the credentials work."""
        wait(self._native.ping())

    def objects(self) -> list[str]:
        """Returns the names of its objects."""
        return wait(self._native.objects())

    # Overloads of records, generated from the resource table.
    @overload
    def records(self, resource: ChannelName, **narrowing: Unpack[Narrowing]) -> Records[Channel]: ...
    @overload
    def records(self, resource: ActivityName, **narrowing: Unpack[Narrowing]) -> Records[Activity]: ...
    @overload
    def records(self, resource: ContactName, **narrowing: Unpack[Narrowing]) -> Records[Contact]: ...
    @overload
    def records(
        self, resource: AttachmentAccessSummaryName, **narrowing: Unpack[Narrowing]
    ) -> Records[AttachmentAccessSummary]: ...
    @overload
    def records(self, resource: SurveyName, **narrowing: Unpack[Narrowing]) -> Records[Survey]: ...
    @overload
    def records(self, resource: SurveyResponseName, **narrowing: Unpack[Narrowing]) -> Records[SurveyResponse]: ...
    @overload
    def records(self, resource: WebcastName, **narrowing: Unpack[Narrowing]) -> Records[Webcast]: ...
    @overload
    def records(self, resource: RegistrationName, **narrowing: Unpack[Narrowing]) -> Records[Registration]: ...
    @overload
    def records(self, resource: ViewingName, **narrowing: Unpack[Narrowing]) -> Records[Viewing]: ...
    @overload
    def records(self, resource: AttachmentName, **narrowing: Unpack[Narrowing]) -> Records[Attachment]: ...
    @overload
    def records(self, resource: str, **narrowing: Unpack[Narrowing]) -> Records[Record]: ...
    # End of the overloads of records.
    def records(
        self,
        resource: str,
        *,
        where: str | Expression | None = None,
        fields: str | Sequence[str] | None = None,
        order_by: str | None = None,
        page_size: int | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Records[Any]:
        """Returns a list of records, which is read when it is iterated over.

        Every record has every field of the object, or of ``fields``: ``None`` where it has no value.

        Parameters
        ----------
        resource
            A path such as ``channels``, ``contacts`` or ``channels/1001/webcasts``.
        where
            A CEQL condition, for instance ``lastUpdated > '2026-01-01'`` or ``ek.field("id") == 7``.
        fields
            Only these fields: a list, or a string with commas.
        order_by
            For instance ``lastUpdated desc``; the platform then reads the whole list first.
        page_size
            1 to 5000; 200 by default.
        params
            Other query parameters, for instance ``since``.
        """
        query = list_query(where, fields, order_by, page_size, params)
        return Records(self._native.records(arguments.text("resource", resource), query))


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
        """Returns the records as a ``pyarrow.Table``; needs pyarrow. For many records a bulk job is faster."""
        return arrow_table(wait(self._native.table(True)))

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the records as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(wait(self._native.table(True)))

    def to_polars(self) -> polars.DataFrame:
        """Returns the records as a ``polars.DataFrame``; needs polars."""
        return polars_frame(wait(self._native.table(True)))


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
            A ``select`` statement in CEQL.
        from_, to
            Only records changed at or after, at or before these ISO-8601 dates.
        continue_from
            Id of an earlier job, to start where its limit stopped it.
        callback_url, callback_payload
            URL that is called when the job has ended, and JSON to send with it; see :func:`elementkit.webhook.verify`.
        file_name
            Name of the file in downloads; ``{yyyy-MM-dd HH:mm:ss}`` is replaced by the time.

        Raises
        ------
        InvalidRequestError
            The statement cannot be parsed; the message has the position.
        NotFoundError
            The object does not exist.
        """
        options = given(
            **{"from": arguments.optional_text("from_", from_)},
            to=arguments.optional_text("to", to),
            continue_from=arguments.optional_text("continue_from", continue_from),
            callback_url=arguments.optional_text("callback_url", callback_url),
            callback_payload=arguments.optional_json("callback_payload", callback_payload),
            file_name=arguments.optional_text("file_name", file_name),
        )
        return Job(wait(self._native.bulk_query(arguments.text("statement", statement), options)))

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

    def __repr__(self) -> str:
        return f"<Job {self.id}>"

    @property
    def id(self) -> str:
        """Its id."""
        return self._native.id

    def status(self) -> Record:
        """Returns its status."""
        return wait(self._native.status())

    def report(self) -> Record:
        """Returns its figures: rows read, written, ignored, failed; warnings; the watermark of the next pull."""
        return wait(self._native.report())

    def statuses(self) -> Iterator[Record]:
        """Polls its status until it has ended.

        Raises
        ------
        JobFailedError, JobCancelledError
            After the last status, if it ended without success.
        """
        statuses = self._native.statuses(None)
        while (status := wait(statuses.next())) is not None:
            yield status

    def wait(self, *, progress: Progress = "auto", timeout: float | None = None) -> Record:
        """Waits for the end and returns the last status.

        Parameters
        ----------
        progress
            ``"auto"`` writes a line if stderr is a terminal; ``"log"`` logs to ``elementkit.progress`` at intervals;
            ``"off"`` reports nothing; a function is called with every status.
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
            report(status)
            last = status
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


class Sync(Tabular, Generic[Row]):
    """A pull of changed records: its job, its rows, and the state for the next pull once they were read."""

    def __init__(self, native: NativeSync) -> None:
        self._native = native

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


class Definitions:
    """Object definitions of a level: custom shapes."""

    def __init__(self, native: NativeDefinitions) -> None:
        self._native = native

    def list(self) -> dict[str, Record]:
        """Returns the definitions of the level by name."""
        return wait(self._native.list())

    def get(self, name: str) -> Record:
        """Returns a definition; :class:`NotFoundError` if the level does not have it."""
        return wait(self._native.get(arguments.text("name", name)))

    def create(self, name: str, definition: Mapping[str, Any]) -> Record:
        """Creates a definition, for instance ``{"fields": [{"path": "mail", "type": "string"}]}``."""
        pending = self._native.create(arguments.text("name", name), arguments.json_object("definition", definition))
        return wait(pending)

    def replace(self, name: str, definition: Mapping[str, Any]) -> Record:
        """Replaces its fields."""
        pending = self._native.replace(arguments.text("name", name), arguments.json_object("definition", definition))
        return wait(pending)

    def rename(self, name: str, new_name: str) -> None:
        """Renames it with its transformations at this level."""
        wait(self._native.rename(arguments.text("name", name), arguments.text("new_name", new_name)))

    def delete(self, name: str) -> None:
        """Deletes it; :class:`ConflictError` while a transformation of the level uses it."""
        wait(self._native.delete(arguments.text("name", name)))


class Transformations:
    """Transformations of a level, which map shapes to the objects of an element."""

    def __init__(self, native: NativeTransformations) -> None:
        self._native = native

    def list(self) -> dict[str, Record]:
        """Returns the transformations of the level by the name of their shape."""
        return wait(self._native.list())

    def get(self, name: str) -> Record:
        """Returns the transformation of a shape."""
        return wait(self._native.get(arguments.text("name", name)))

    def create(self, name: str, transformation: Mapping[str, Any]) -> Record:
        """Creates the transformation of a shape.

        For instance ``{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}]}``.
        """
        mapping = arguments.json_object("transformation", transformation)
        pending = self._native.create(arguments.text("name", name), mapping)
        return wait(pending)

    def replace(self, name: str, transformation: Mapping[str, Any]) -> Record:
        """Replaces it."""
        mapping = arguments.json_object("transformation", transformation)
        pending = self._native.replace(arguments.text("name", name), mapping)
        return wait(pending)

    def delete(self, name: str) -> None:
        """Deletes it."""
        wait(self._native.delete(arguments.text("name", name)))

    def execute(self, name: str, payload: Json, *, to_vendor: bool = False) -> Json:
        """Returns a record, or a list of them, as mapped by the transformation, without calling the vendor."""
        record, backwards = arguments.json_text("payload", payload), arguments.flag("to_vendor", to_vendor)
        return wait(self._native.execute(arguments.text("name", name), record, backwards))


class CommonResources:
    """Shapes as the result of all levels."""

    def __init__(self, native: NativeCommonResources) -> None:
        self._native = native

    def list(self) -> list[Record]:
        """Returns the common resources that the caller sees."""
        return wait(self._native.list())

    def get(self, name: str) -> Record:
        """Returns a common resource."""
        return wait(self._native.get(arguments.text("name", name)))

    def save(self, resource: Mapping[str, Any]) -> Record:
        """Creates or replaces a common resource by its ``name``."""
        return wait(self._native.save(arguments.json_object("resource", resource)))

    def rename(self, name: str, new_name: str) -> None:
        """Renames it."""
        wait(self._native.rename(arguments.text("name", name), arguments.text("new_name", new_name)))

    def delete(self, name: str) -> None:
        """Deletes it."""
        wait(self._native.delete(arguments.text("name", name)))

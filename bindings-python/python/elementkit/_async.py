"""The asynchronous classes. Every method is one call of the native module."""
# long: the classes refer to each other, and tools/make_sync.py makes one module of this one.

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, overload

from . import _arguments as arguments
from ._call import call, call_each
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
from ._tables import ArrowStream, arrow_table, pandas_frame, polars_frame
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


class AsyncPlatform:
    """A platform: the engine in this process, or one on the network.

    Use it as a context manager, or call :meth:`close`: bulk jobs of an embedded platform are then parked and go on
    when it is opened again.
    """

    def __init__(self, native: NativePlatform) -> None:
        self._native = native

    @classmethod
    async def embedded(
        cls,
        database: str | os.PathLike[str],
        *,
        vault_keys: bytes | VaultKeyProvider | None = None,
        **options: Unpack[EmbeddedOptions],
    ) -> AsyncPlatform:
        """Opens the engine on a database file; no platform account is needed.

        Parameters
        ----------
        database
            The file; created when it is not there, with its key file beside it (or ``ELEMENTKIT_VAULT_KEY``).
        vault_keys
            Keeps the vault key with the program instead of in a file beside the database: the 32 bytes of the key, or
            a :class:`VaultKeyProvider` that keeps it in a secret manager or another safe store.
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
        return await cls._opened(taken, vault_keys)

    @classmethod
    async def embedded_from_env(
        cls, *, vault_keys: bytes | VaultKeyProvider | None = None, **options: Unpack[EmbeddedOptions]
    ) -> AsyncPlatform:
        """As :meth:`embedded`, on the database file that ``ELEMENTKIT_DATABASE`` names, else on ``elementkit.db`` in
        the current folder.
        """
        return await cls._opened(arguments.options("embedded_from_env", options, EMBEDDED), vault_keys)

    @classmethod
    async def _opened(cls, taken: Mapping[str, object], vault_keys: bytes | VaultKeyProvider | None) -> AsyncPlatform:
        keys = watched(vault_keys)
        pending = NativePlatform.embedded(arguments.json_text("options", taken), keys)
        try:
            return cls(await call(pending))
        except ElementKitError as error:
            if isinstance(keys, Watched) and keys.exception is not None:
                raise error from keys.exception
            raise

    @classmethod
    def hosted(
        cls,
        base_url: str | None = None,
        **options: Unpack[HostedOptions],
    ) -> AsyncPlatform:
        """Reaches a Cloud Elements or Open Connectors platform, or an ``elementkit serve``. Nothing is sent yet.

        Parameters
        ----------
        base_url
            The URL, or the name of a region such as ``eu``; ``ELEMENTKIT_BASE_URL`` when not given, else US production.
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
    def instances(self) -> AsyncInstances:
        """The instances of the calling user."""
        return AsyncInstances(self._native)

    def definitions(
        self, level: Literal["organization", "account"] = "organization", id: int | None = None
    ) -> AsyncDefinitions:
        """Object definitions of a level: shapes of one's own (see also :attr:`AsyncInstance.definitions`)."""
        return AsyncDefinitions(self._native.definitions(level, id))

    def transformations(
        self,
        level: Literal["organization", "account"] = "organization",
        id: int | None = None,
        *,
        element: str = "brighttalk",
    ) -> AsyncTransformations:
        """Transformations of a level: how shapes map to the objects of an element."""
        return AsyncTransformations(self._native.transformations(element, level, id))

    @property
    def common_resources(self) -> AsyncCommonResources:
        """Shapes as all levels together make them."""
        return AsyncCommonResources(self._native.common_resources())

    async def elements(self) -> list[Record]:
        """The elements of the platform."""
        return await call(self._native.elements())

    async def request(
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
        pending = self._native.request(
            arguments.text("method", method),
            arguments.text("path", path),
            arguments.text_pairs("query", query),
            arguments.optional_json("json", json),
            arguments.optional_text("token", token),
            arguments.milliseconds("timeout", timeout),
        )
        return Response(*await call(pending))

    async def close(self) -> None:
        """Ends the platform; twice does no harm."""
        await call(self._native.close())

    async def __aenter__(self) -> AsyncPlatform:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class AsyncInstances:
    """The instances of a platform."""

    def __init__(self, native: NativePlatform) -> None:
        self._native = native

    async def create(
        self,
        element: str,
        *,
        name: str,
        configuration: Mapping[str, object],
        tags: Sequence[str] | None = None,
    ) -> AsyncInstance:
        """Creates an instance; the vendor checks the credentials first.

        Raises
        ------
        AuthenticationError, PermissionDeniedError
            The vendor refuses the credentials; ``provider_message`` has its words.
        InvalidRequestError
            Something required is missing.
        """
        pending = self._native.create_instance(
            arguments.text("element", element),
            arguments.text("name", name),
            arguments.configuration(configuration),
            arguments.optional_texts("tags", tags),
        )
        return AsyncInstance(await call(pending))

    async def connect(
        self,
        element: str,
        *,
        name: str,
        configuration: Mapping[str, object],
        tags: Sequence[str] | None = None,
    ) -> AsyncInstance:
        """The instance of this element and name: created when there is none, else given this configuration, and these
        tags if any. So a program may connect each time it runs. The oldest, where several have the name.

        Raises
        ------
        AuthenticationError, PermissionDeniedError
            The vendor refuses the credentials; an instance there was is then as before.
        InvalidRequestError
            Something required is missing.
        """
        pending = self._native.connect_instance(
            arguments.text("element", element),
            arguments.text("name", name),
            arguments.configuration(configuration),
            arguments.optional_texts("tags", tags),
        )
        return AsyncInstance(await call(pending))

    async def connect_from_env(
        self,
        element: str,
        *,
        name: str | None = None,
        configuration: Mapping[str, object] | None = None,
        tags: Sequence[str] | None = None,
    ) -> AsyncInstance:
        """As :meth:`connect`, with credentials that are not given from the environment, for instance
        ``BRIGHTTALK_API_KEY``. Without a name the instance has that of the element.

        Raises
        ------
        ConfigError
            Something required is neither given nor in the environment.
        """
        pending = self._native.connect_from_env(
            arguments.text("element", element),
            arguments.optional_text("name", name),
            arguments.configuration(configuration or {}),
            arguments.optional_texts("tags", tags),
        )
        return AsyncInstance(await call(pending))

    async def _connect_brighttalk(self, options: Mapping[str, object]) -> AsyncInstance:
        """Connects BrightTALK; the options are those of core."""
        return AsyncInstance(await call(self._native.connect_brighttalk(arguments.json_text("options", options))))

    async def get(self, id: int) -> AsyncInstance:
        """One instance by its id."""
        return AsyncInstance(await call(self._native.get_instance(arguments.whole_number("id", id))))

    async def only(self) -> AsyncInstance:
        """The instance that ``ELEMENTKIT_INSTANCE`` names by its id, else the only one there is.

        Raises
        ------
        NotFoundError
            There is none.
        ConfigError
            There are several.
        """
        return AsyncInstance(await call(self._native.only_instance()))

    async def list(self, *, search: str | None = None, tags: Sequence[str] = ()) -> list[Record]:
        """The instances, by ascending id, without configuration.

        Parameters
        ----------
        search
            Only those whose name, or the key of whose element, contains this.
        tags
            Only those with all of these tags.
        """
        pending = self._native.list_instances(arguments.optional_text("search", search), arguments.texts("tags", tags))
        return await call(pending)

    async def count(self) -> Record:
        """How many there are, in all and by element."""
        return await call(self._native.count_instances())

    async def delete(self, id: int) -> None:
        """Deletes an instance with its jobs and their files."""
        await call(self._native.delete_instance(arguments.whole_number("id", id)))

    def with_token(self, token: str) -> AsyncInstance:
        """An instance of which only the Element token is known; it is not looked up."""
        return AsyncInstance(self._native.instance_with_token(arguments.text("token", token)))


class AsyncInstance:
    """An instance: an element connected with credentials."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<AsyncInstance {self.id}>"

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
    def bulk(self) -> AsyncBulk:
        """Its bulk jobs."""
        return AsyncBulk(self._native)

    @property
    def definitions(self) -> AsyncDefinitions:
        """Its own object definitions."""
        return AsyncDefinitions(self._native.definitions())

    @property
    def transformations(self) -> AsyncTransformations:
        """Its own transformations."""
        return AsyncTransformations(self._native.transformations())

    async def update(self, change: Change) -> Record:
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
        return await call(self._native.change(arguments.json_members("change", change, CHANGES), True))

    async def patch(self, change: Change) -> Record:
        """Changes what is given and nothing else; a configuration of None goes back to its default."""
        return await call(self._native.change(arguments.json_members("change", change, CHANGES), False))

    async def enable(self) -> None:
        """Lets it be used again."""
        await call(self._native.set_enabled(True))

    async def disable(self) -> None:
        """Refuses resource calls and new bulk jobs until it is enabled again."""
        await call(self._native.set_enabled(False))

    async def delete(self) -> None:
        """Deletes it with its jobs and their files."""
        await call(self._native.delete())

    async def configuration(self) -> list[Record]:
        """Its configuration, one entry each; secrets are masked."""
        return await call(self._native.configuration())

    async def configure(self, item: int, value: str | None) -> Record:
        """Sets one entry of :meth:`configuration` by its id."""
        pending = self._native.configure(arguments.whole_number("item", item), arguments.optional_text("value", value))
        return await call(pending)

    async def rotate_token(self) -> str:
        """Gives it a new Element token, which is answered; the old one is invalid at once."""
        return await call(self._native.rotate_token())

    async def capabilities(self) -> list[str]:
        """The extensions the platform has for it, for instance ``bulk-resume`` or ``format-arrow``."""
        return await call(self._native.capabilities())

    # Overloads of sync, generated from the resource table.
    @overload
    async def sync(
        self, object: ChannelName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Channel]: ...
    @overload
    async def sync(
        self, object: ActivityName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Activity]: ...
    @overload
    async def sync(
        self, object: ContactName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Contact]: ...
    @overload
    async def sync(
        self, object: AttachmentAccessSummaryName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[AttachmentAccessSummary]: ...
    @overload
    async def sync(
        self, object: SurveyName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Survey]: ...
    @overload
    async def sync(
        self, object: SurveyResponseName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[SurveyResponse]: ...
    @overload
    async def sync(
        self, object: WebcastName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Webcast]: ...
    @overload
    async def sync(
        self, object: RegistrationName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Registration]: ...
    @overload
    async def sync(
        self, object: ViewingName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Viewing]: ...
    @overload
    async def sync(
        self, object: AttachmentName, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Attachment]: ...
    @overload
    async def sync(
        self, object: str, state: str | None = None, **selection: Unpack[Selection]
    ) -> AsyncSync[Record]: ...
    # End of the overloads of sync.
    async def sync(
        self,
        object: str,
        state: str | None = None,
        *,
        where: str | Expression | None = None,
        fields: str | Sequence[str] | None = None,
        channel: int | Sequence[int] | None = None,
    ) -> AsyncSync[Any]:
        """Pulls what changed since the last time; everything without a state.

        Read the rows, then keep :meth:`AsyncSync.state` for the next time. Rows are to be upserted by their primary
        key: pulls overlap, so that nothing is missed.

        Parameters
        ----------
        object
            For instance ``contacts``.
        state
            What :meth:`AsyncSync.state` returned the last time, for the same selection.
        where
            Only records that meet this CEQL condition.
        fields
            Only these fields: a list, or a text with commas.
        channel
            Only records of this channel, or of these.
        """
        pending = self._native.sync(
            arguments.text("object", object),
            arguments.optional_text("state", state),
            condition("where", where),
            arguments.field_names("fields", fields),
            arguments.whole_numbers("channel", channel),
        )
        return AsyncSync(await call(pending))

    async def ping(self) -> None:
        """Checks with the vendor that the credentials work."""
        await call(self._native.ping())

    async def objects(self) -> list[str]:
        """The names of its objects."""
        return await call(self._native.objects())

    # Overloads of records, generated from the resource table.
    @overload
    def records(self, resource: ChannelName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Channel]: ...
    @overload
    def records(self, resource: ActivityName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Activity]: ...
    @overload
    def records(self, resource: ContactName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Contact]: ...
    @overload
    def records(
        self, resource: AttachmentAccessSummaryName, **narrowing: Unpack[Narrowing]
    ) -> AsyncRecords[AttachmentAccessSummary]: ...
    @overload
    def records(self, resource: SurveyName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Survey]: ...
    @overload
    def records(self, resource: SurveyResponseName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[SurveyResponse]: ...
    @overload
    def records(self, resource: WebcastName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Webcast]: ...
    @overload
    def records(self, resource: RegistrationName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Registration]: ...
    @overload
    def records(self, resource: ViewingName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Viewing]: ...
    @overload
    def records(self, resource: AttachmentName, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Attachment]: ...
    @overload
    def records(self, resource: str, **narrowing: Unpack[Narrowing]) -> AsyncRecords[Record]: ...
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
    ) -> AsyncRecords[Any]:
        """A list of records, read when it is iterated over.

        Every record has every field of the object, or of ``fields``: None where it has no value.

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
        query = list_query(where, fields, order_by, page_size, params)
        return AsyncRecords(self._native.records(arguments.text("resource", resource), query))


class AsyncRecords(Generic[Row]):
    """A list of records. The next page is asked for when the reader gets there."""

    def __init__(self, native: NativeRecords) -> None:
        self._native = native

    async def page(self, token: str | None = None) -> Page[Row]:
        """One page: the first, or the one a token leads to."""
        return Page(*await call(self._native.page(arguments.optional_text("token", token))))

    async def pages(self) -> AsyncIterator[Page[Row]]:
        """Every page in order; from the second one on, the next page is fetched while you work on the last."""
        pages = self._native.pages()
        while (page := await call(pages.next())) is not None:
            yield Page(*page)

    def __aiter__(self) -> AsyncIterator[Row]:
        return call_each(self._native.pages())

    async def to_list(self, *, limit: int | None = None) -> list[Row]:
        """The records as a list, at most ``limit``."""
        most = arguments.optional_number("limit", limit)
        found: list[Row] = []
        async for record in self:
            if most is not None and len(found) >= most:
                break
            found.append(record)
        return found

    async def table(self) -> ArrowStream:
        """The records as an Arrow stream that pyarrow, polars, pandas and others take as it is, page by page.

        The columns are those the platform's metadata tells of the object, or those of ``fields``.

        Raises
        ------
        NotFoundError
            The platform does not know the object.
        """
        return ArrowStream(await call(self._native.table(False)))

    async def to_arrow(self) -> Any:
        """The records as a ``pyarrow.Table``; needs pyarrow. For many, a bulk job is faster."""
        return arrow_table(await call(self._native.table(True)))

    async def to_pandas(self) -> pandas.DataFrame:
        """The records as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(await call(self._native.table(True)))

    async def to_polars(self) -> polars.DataFrame:
        """The records as a ``polars.DataFrame``; needs polars."""
        return polars_frame(await call(self._native.table(True)))


class AsyncBulk:
    """The bulk jobs of an instance."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    async def query(
        self,
        statement: str,
        *,
        from_: str | None = None,
        to: str | None = None,
        continue_from: str | None = None,
        callback_url: str | None = None,
        callback_payload: Json = None,
        file_name: str | None = None,
    ) -> AsyncJob:
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
        options = given(
            **{"from": arguments.optional_text("from_", from_)},
            to=arguments.optional_text("to", to),
            continue_from=arguments.optional_text("continue_from", continue_from),
            callback_url=arguments.optional_text("callback_url", callback_url),
            callback_payload=arguments.optional_json("callback_payload", callback_payload),
            file_name=arguments.optional_text("file_name", file_name),
        )
        return AsyncJob(await call(self._native.bulk_query(arguments.text("statement", statement), options)))

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
            Anything else is a TypeError.
        """
        if from_ is not None:
            members["from"] = arguments.text("from_", from_)
        taken = arguments.json_object("members", job_members(members))
        return AsyncJob(await call(self._native.bulk_download(arguments.text("object", object), taken)))

    async def job(self, id: str) -> AsyncJob:
        """A job known by its id."""
        return AsyncJob(await call(self._native.job(arguments.text("id", id))))

    async def list(self) -> list[Record]:
        """The newest jobs, newest first; at most one page of them."""
        return await call(self._native.jobs())


class AsyncJob(Generic[Row]):
    """A bulk job."""

    def __init__(self, native: NativeJob) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<AsyncJob {self.id}>"

    @property
    def id(self) -> str:
        """Its id."""
        return self._native.id

    async def status(self) -> Record:
        """Where it stands."""
        return await call(self._native.status())

    async def report(self) -> Record:
        """Its figures: rows read, written, ignored, failed; warnings; the watermark of the next pull."""
        return await call(self._native.report())

    async def statuses(self) -> AsyncIterator[Record]:
        """Its status now and again, until it has ended.

        Raises
        ------
        JobFailedError, JobCancelledError
            After the last status, when it ended without success.
        """
        statuses = self._native.statuses(None)
        while (status := await call(statuses.next())) is not None:
            yield status

    async def wait(self, *, progress: Progress = "auto", timeout: float | None = None) -> Record:
        """Waits for the end and returns the last status.

        Parameters
        ----------
        progress
            ``"auto"`` writes a line on a terminal and nothing elsewhere; ``"log"`` logs to ``elementkit.progress`` now
            and then; ``"off"`` nothing; a function gets every status.
        timeout
            Seconds to wait at most; the job goes on afterwards.

        Raises
        ------
        JobFailedError, JobCancelledError
            It ended without success; :meth:`resume` goes on where it stopped.
        TimeoutError
            It has not ended in time.
        """
        report = reporter(progress)
        statuses = self._native.statuses(arguments.milliseconds("timeout", timeout))
        last: Record = {}
        while (status := await call(statuses.next())) is not None:
            report(status)
            last = status
        return last

    async def cancel(self) -> Record:
        """Asks it to end."""
        return await call(self._native.cancel())

    async def resume(self) -> Record:
        """Goes on with an aborted or cancelled job; nothing is lost or repeated."""
        return await call(self._native.resume())

    async def errors(self) -> AsyncIterator[Record]:
        """The rows that failed."""
        errors = self._native.errors()
        while (rows := await call(errors.next())) is not None:
            for row in rows:
                yield row

    async def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Writes the result into a file and answers its size; the file appears only when it is whole.

        Parameters
        ----------
        path
            The file.
        format
            ``csv``, ``json``, ``jsonl``, ``parquet`` or ``arrow``; by the file's ending when not given.
        """
        pending = self._native.download(arguments.path("path", path), arguments.optional_text("format", format))
        return await call(pending)

    async def batches(self, *, size: int = 1000) -> AsyncIterator[list[Row]]:
        """The records in lists of at most ``size``, in their order.

        Every record has every field that was selected: None where it has no value.
        """
        pages = await call(self._native.pages(arguments.whole_number("size", size, least=1)))
        while (page := await call(pages.next())) is not None:
            yield page[0]

    async def table(self) -> ArrowStream:
        """The result as an Arrow stream that pyarrow, polars, pandas and others take as it is, batch by batch."""
        return ArrowStream(await call(self._native.table(False)))

    async def to_arrow(self) -> Any:
        """The result as a ``pyarrow.Table``; needs pyarrow."""
        return arrow_table(await call(self._native.table(True)))

    async def to_pandas(self) -> pandas.DataFrame:
        """The result as a ``pandas.DataFrame``; needs pandas and pyarrow."""
        return pandas_frame(await call(self._native.table(True)))

    async def to_polars(self) -> polars.DataFrame:
        """The result as a ``polars.DataFrame``; needs polars."""
        return polars_frame(await call(self._native.table(True)))

    async def stream(self, format: str = "csv") -> AsyncIterator[bytes]:
        """The result as chunks of bytes."""
        chunks = await call(self._native.stream(arguments.text("format", format)))
        while (chunk := await call(chunks.next())) is not None:
            yield chunk


class AsyncSync(Generic[Row]):
    """A pull of what changed: its job, its rows, and the state for the next pull once they were read."""

    def __init__(self, native: NativeSync) -> None:
        self._native = native

    @property
    def job(self) -> AsyncJob[Row]:
        """The job."""
        return AsyncJob(self._native.job())

    async def wait(self, *, progress: Progress = "auto", timeout: float | None = None) -> Record:
        """Waits until the rows are there; as :meth:`AsyncJob.wait`."""
        return await self.job.wait(progress=progress, timeout=timeout)

    async def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Waits, then writes the rows into a file and returns its size; as :meth:`AsyncJob.download`."""
        pending = self._native.download(arguments.path("path", path), arguments.optional_text("format", format))
        return await call(pending)

    async def batches(self, *, size: int = 1000) -> AsyncIterator[list[Row]]:
        """Waits, then yields the rows in lists of at most ``size``; as :meth:`AsyncJob.batches`."""
        pages = await call(self._native.pages(arguments.whole_number("size", size, least=1)))
        while (page := await call(pages.next())) is not None:
            yield page[0]

    async def table(self) -> ArrowStream:
        """Waits, then returns the rows as an Arrow stream. They count as read when it has been read to its end."""
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
        """Waits, then yields the rows as chunks of bytes. They count as read when it has been read to its end."""
        chunks = await call(self._native.stream(arguments.text("format", format)))
        while (chunk := await call(chunks.next())) is not None:
            yield chunk

    async def pending(self) -> list[Record]:
        """Waits, then returns what could not be read, partition by partition; empty when nothing is missing.

        The next pull reads it again: a channel that was refused, records that failed. Each entry has ``partition``,
        ``reason``, and where known ``failedRows``, ``watermark`` and ``message``.
        """
        return await call(self._native.pending())

    async def state(self) -> str:
        """Returns the state for the next pull: a line of text.

        Raises
        ------
        ConfigError
            The rows have not been read to their end: a state must never be ahead of the rows.
        """
        return await call(self._native.state())


class AsyncDefinitions:
    """Object definitions of a level: shapes of one's own."""

    def __init__(self, native: NativeDefinitions) -> None:
        self._native = native

    async def list(self) -> dict[str, Record]:
        """All of the level, by name."""
        return await call(self._native.list())

    async def get(self, name: str) -> Record:
        """One of them; :class:`NotFoundError` when the level has none of this name."""
        return await call(self._native.get(arguments.text("name", name)))

    async def create(self, name: str, definition: Mapping[str, Any]) -> Record:
        """Creates one, for instance of ``{"fields": [{"path": "mail", "type": "string"}]}``."""
        pending = self._native.create(arguments.text("name", name), arguments.json_object("definition", definition))
        return await call(pending)

    async def replace(self, name: str, definition: Mapping[str, Any]) -> Record:
        """Replaces its fields."""
        pending = self._native.replace(arguments.text("name", name), arguments.json_object("definition", definition))
        return await call(pending)

    async def rename(self, name: str, new_name: str) -> None:
        """Renames it with its transformations at this level."""
        await call(self._native.rename(arguments.text("name", name), arguments.text("new_name", new_name)))

    async def delete(self, name: str) -> None:
        """Deletes it; :class:`ConflictError` while a transformation of the level uses it."""
        await call(self._native.delete(arguments.text("name", name)))


class AsyncTransformations:
    """Transformations of a level: how shapes map to the objects of an element."""

    def __init__(self, native: NativeTransformations) -> None:
        self._native = native

    async def list(self) -> dict[str, Record]:
        """All of the level, by the name of their shape."""
        return await call(self._native.list())

    async def get(self, name: str) -> Record:
        """One of them."""
        return await call(self._native.get(arguments.text("name", name)))

    async def create(self, name: str, transformation: Mapping[str, Any]) -> Record:
        """Maps a shape, for instance with
        ``{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}]}``."""
        mapping = arguments.json_object("transformation", transformation)
        pending = self._native.create(arguments.text("name", name), mapping)
        return await call(pending)

    async def replace(self, name: str, transformation: Mapping[str, Any]) -> Record:
        """Replaces it."""
        mapping = arguments.json_object("transformation", transformation)
        pending = self._native.replace(arguments.text("name", name), mapping)
        return await call(pending)

    async def delete(self, name: str) -> None:
        """Deletes it."""
        await call(self._native.delete(arguments.text("name", name)))

    async def execute(self, name: str, payload: Json, *, to_vendor: bool = False) -> Json:
        """What the mapping makes of a record, or of a list of them; the vendor is not asked."""
        record, backwards = arguments.json_text("payload", payload), arguments.flag("to_vendor", to_vendor)
        return await call(self._native.execute(arguments.text("name", name), record, backwards))


class AsyncCommonResources:
    """Shapes as all levels together make them."""

    def __init__(self, native: NativeCommonResources) -> None:
        self._native = native

    async def list(self) -> list[Record]:
        """All that the caller sees."""
        return await call(self._native.list())

    async def get(self, name: str) -> Record:
        """One of them."""
        return await call(self._native.get(arguments.text("name", name)))

    async def save(self, resource: Mapping[str, Any]) -> Record:
        """Creates or replaces one by its ``name``."""
        return await call(self._native.save(arguments.json_object("resource", resource)))

    async def rename(self, name: str, new_name: str) -> None:
        """Renames it."""
        await call(self._native.rename(arguments.text("name", name), arguments.text("new_name", new_name)))

    async def delete(self, name: str) -> None:
        """Deletes it."""
        await call(self._native.delete(arguments.text("name", name)))

"""The asynchronous classes. Every method is one call of the native module."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from json import loads

from ._call import call
from ._native import NativeInstance, NativeJob, NativePlatform
from ._progress import Progress, reporter
from ._types import Json, ListQuery, Page, Record, Response, body_of, configuration_of, milliseconds, page_of, path_of

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
        brighttalk_url: str | None = None,
        resume_jobs: bool = True,
        timeout: float | None = None,
    ) -> AsyncPlatform:
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
        return cls(await call(pending))

    @classmethod
    def hosted(
        cls,
        base_url: str | None = None,
        *,
        user: str | None = None,
        organization: str | None = None,
        allow_insecure_http: bool = False,
        timeout: float | None = None,
    ) -> AsyncPlatform:
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

        Raises
        ------
        ConfigError
            The URL cannot be used, would send secrets in the clear, or a secret is missing.
        """
        return cls(NativePlatform.hosted(base_url, user, organization, allow_insecure_http, milliseconds(timeout)))

    @property
    def instances(self) -> AsyncInstances:
        """The instances of the calling user."""
        return AsyncInstances(self._native)

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
        pairs = list((query or {}).items())
        pending = self._native.request(method, path, pairs, body_of(json), token, milliseconds(timeout))
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
        given = configuration_of(configuration)
        pending = self._native.create_instance(element, name, given, None if tags is None else list(tags))
        return AsyncInstance(await call(pending))

    async def get(self, id: int) -> AsyncInstance:
        """One instance by its id."""
        return AsyncInstance(await call(self._native.get_instance(id)))

    async def list(self) -> list[Record]:
        """Every instance, by ascending id, without configuration."""
        found: list[Record] = loads(await call(self._native.list_instances()))
        return found

    async def delete(self, id: int) -> None:
        """Deletes an instance with its jobs and their files."""
        await call(self._native.delete_instance(id))

    def with_token(self, token: str) -> AsyncInstance:
        """An instance of which only the Element token is known; it is not looked up."""
        return AsyncInstance(self._native.instance_with_token(token))


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
        return loads(self._native.details) if self._native.details else {}

    @property
    def bulk(self) -> AsyncBulk:
        """Its bulk jobs."""
        return AsyncBulk(self._native)

    async def ping(self) -> None:
        """Checks with the vendor that the credentials work."""
        await call(self._native.ping())

    async def objects(self) -> list[str]:
        """The names of its objects."""
        return await call(self._native.objects())

    def records(
        self,
        resource: str,
        *,
        where: str | None = None,
        fields: str | None = None,
        order_by: str | None = None,
        page_size: int | None = None,
        params: Mapping[str, str] | None = None,
    ) -> AsyncRecords:
        """A list of records, read when it is iterated over.

        Parameters
        ----------
        resource
            A path such as ``channels``, ``contacts`` or ``channels/1001/webcasts``.
        where
            A CEQL condition, for instance ``lastUpdated > '2026-01-01'``.
        fields
            Only these, comma-separated.
        order_by
            For instance ``lastUpdated desc``; the platform then reads the whole list first.
        page_size
            1 to 5000; 200.
        params
            Other query parameters, for instance ``since``.
        """
        return AsyncRecords(self._native, resource, ListQuery(where, fields, order_by, page_size, params))


class AsyncRecords:
    """A list of records. The next page is asked for when the reader gets there."""

    def __init__(self, native: NativeInstance, resource: str, query: ListQuery) -> None:
        self._native = native
        self._resource = resource
        self._query = query

    async def page(self, token: str | None = None) -> Page:
        """One page: the first, or the one a token leads to."""
        return page_of(await call(self._native.page(self._resource, self._query.pairs(), token)))

    async def pages(self) -> AsyncIterator[Page]:
        """Every page in order."""
        token: str | None = None
        while True:
            page = await self.page(token)
            yield page
            token = page.next
            if token is None:
                return

    async def __aiter__(self) -> AsyncIterator[Record]:
        async for page in self.pages():
            for record in page.records:
                yield record

    async def to_list(self, *, limit: int | None = None) -> list[Record]:
        """The records as a list, at most ``limit``."""
        found: list[Record] = []
        async for record in self:
            if limit is not None and len(found) >= limit:
                break
            found.append(record)
        return found


class AsyncBulk:
    """The bulk jobs of an instance."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    async def query(self, statement: str, *, from_: str | None = None, to: str | None = None) -> AsyncJob:
        """Starts a job, for instance ``select * from contacts where lastUpdated > '2026-01-01'``.

        Parameters
        ----------
        statement
            What to pull.
        from_, to
            Only records changed at or after, at or before these ISO-8601 dates.
        """
        return AsyncJob(await call(self._native.bulk_query(statement, from_, to)))

    async def job(self, id: str) -> AsyncJob:
        """A job known by its id."""
        return AsyncJob(await call(self._native.job(id)))

    async def list(self) -> list[Record]:
        """The newest jobs, newest first; at most one page of them."""
        found: list[Record] = loads(await call(self._native.jobs()))
        return found


class AsyncJob:
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
        return object_of(await call(self._native.status()))

    async def report(self) -> Record:
        """Its figures: rows read, written, ignored, failed; warnings; the watermark of the next pull."""
        return object_of(await call(self._native.report()))

    async def statuses(self) -> AsyncIterator[Record]:
        """Its status now and again, until it has ended.

        Raises
        ------
        JobFailedError, JobCancelledError
            After the last status, when it ended without success.
        """
        statuses = self._native.statuses()
        while (status := await call(statuses.next())) is not None:
            yield object_of(status)

    async def wait(self, *, progress: Progress = "auto") -> Record:
        """Waits for the end and answers the last status.

        Parameters
        ----------
        progress
            ``"auto"`` writes a line on a terminal and nothing elsewhere; ``"off"`` nothing; a function gets every
            status.

        Raises
        ------
        JobFailedError, JobCancelledError
            It ended without success; :meth:`resume` goes on where it stopped.
        """
        report = reporter(progress)
        last: Record = {}
        async for status in self.statuses():
            report(status)
            last = status
        return last

    async def cancel(self) -> Record:
        """Asks it to end."""
        return object_of(await call(self._native.cancel()))

    async def resume(self) -> Record:
        """Goes on with an aborted or cancelled job; nothing is lost or repeated."""
        return object_of(await call(self._native.resume()))

    async def errors(self) -> AsyncIterator[Record]:
        """The rows that failed."""
        token: str | None = None
        while True:
            body, token = await call(self._native.errors(token))
            for row in loads(body):
                yield row
            if token is None:
                return

    async def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> int:
        """Writes the result into a file and answers its size; the file appears only when it is whole.

        Parameters
        ----------
        path
            The file.
        format
            ``csv``, ``json`` or ``jsonl``; by the file's ending when not given.
        """
        return await call(self._native.download(path_of(path), format))

    async def stream(self, format: str = "csv") -> AsyncIterator[bytes]:
        """The result as chunks of bytes."""
        chunks = await call(self._native.stream(format))
        while (chunk := await call(chunks.next())) is not None:
            yield chunk


def object_of(body: bytes) -> Record:
    found: Record = loads(body)
    return found

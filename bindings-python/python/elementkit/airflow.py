"""Airflow 3: a hook, operators that pull into files, and a sensor that waits for a job without a worker slot.

::

    from elementkit.airflow import ElementKitSyncOperator

    pull = ElementKitSyncOperator(
        task_id="contacts", object="contacts", path="/data/contacts-{{ run_id }}.parquet"
    )

A connection has the base URL of a platform as its host, the user secret as its login and the organization secret as its
password; or the path of a database as ``database`` in its extra fields, for an engine in the process of the task. The
extra field ``instance`` is the id of the instance; it is not needed when there is only one.

Needs Airflow: ``pip install apache-airflow``.
"""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import Any

from ._async import AsyncInstance, AsyncPlatform
from ._sync import Instance, Platform
from ._tables import library
from ._types import Record
from .errors import ConfigError, JobCancelledError, JobFailedError

_PACKAGE = "apache-airflow"
_sdk = library("airflow.sdk", _PACKAGE)
_hooks = library("airflow.sdk.bases.hook", _PACKAGE)
_triggers = library("airflow.triggers.base", _PACKAGE)
_BaseHook: Any = _hooks.BaseHook
_BaseTrigger: Any = _triggers.BaseTrigger
_BaseOperator: Any = _sdk.BaseOperator
_BaseSensorOperator: Any = _sdk.BaseSensorOperator

CONNECTION = "elementkit_default"
"""Default of ``elementkit_conn_id``."""


class ElementKitHook(_BaseHook):
    """Opens the platform and the instance of a connection."""

    conn_name_attr = "elementkit_conn_id"
    default_conn_name = CONNECTION
    conn_type = "elementkit"
    hook_name = "ElementKit"

    def __init__(self, elementkit_conn_id: str = CONNECTION) -> None:
        super().__init__()
        self.elementkit_conn_id = elementkit_conn_id

    def platform(self) -> Platform:
        """Opens the platform."""
        where = _Where(self.get_connection(self.elementkit_conn_id))
        if where.database:
            return Platform.embedded(where.database)
        return Platform.hosted(where.url, **where.secrets)

    def instance(self) -> AbstractContextManager[Instance]:
        """Opens the platform, for a ``with`` statement that yields the instance."""
        return self._instance()

    @contextmanager
    def _instance(self) -> Generator[Instance, None, None]:
        chosen = _Where(self.get_connection(self.elementkit_conn_id)).instance
        with self.platform() as platform:
            yield platform.instances.only() if chosen is None else platform.instances.get(chosen)

    def test_connection(self) -> tuple[bool, str]:
        """Calls the vendor, for the button of the user interface."""
        try:
            with self.instance() as instance:
                instance.ping()
        except Exception as error:  # The user interface shows whatever it is.
            return False, str(error)
        return True, "The vendor has answered."


class _Where:
    """The parts of a connection."""

    def __init__(self, connection: Any) -> None:
        extra: Mapping[str, Any] = connection.extra_dejson
        self.database: str | None = extra.get("database")
        chosen = extra.get("instance")
        self.instance = None if chosen is None else int(chosen)
        self.secrets: Any = {"user": connection.login, "organization": connection.password}
        host: str = connection.host or ""
        scheme = connection.schema or "https"
        port = f":{connection.port}" if connection.port else ""
        self.url = host if "://" in host else f"{scheme}://{host}{port}"
        if not self.database and not host:
            raise ConfigError(
                f"the connection {connection.conn_id} names no platform",
                hint="Set its host to a base URL, or `database` in its extra fields to a path.",
            )


@asynccontextmanager
async def _opened(connection: Any) -> AsyncGenerator[AsyncInstance, None]:
    where = _Where(connection)
    if where.database:
        raise ConfigError(
            "an engine in the process of a task cannot work on while the task is deferred",
            hint="Defer with a connection to `elementkit serve`, or set deferrable=False.",
        )
    async with AsyncPlatform.hosted(where.url, **where.secrets) as platform:
        if where.instance is None:
            yield await platform.instances.only()
        else:
            yield await platform.instances.get(where.instance)


class ElementKitJobTrigger(_BaseTrigger):
    """Waits for the end of a bulk job, in the triggerer."""

    def __init__(self, job_id: str, elementkit_conn_id: str = CONNECTION) -> None:
        super().__init__()
        self.job_id, self.elementkit_conn_id = job_id, elementkit_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        given = {"job_id": self.job_id, "elementkit_conn_id": self.elementkit_conn_id}
        return f"{__name__}.ElementKitJobTrigger", given

    async def run(self) -> AsyncIterator[Any]:
        hook = ElementKitHook(self.elementkit_conn_id)
        connection = await asyncio.to_thread(hook.get_connection, self.elementkit_conn_id)
        async with _opened(connection) as instance:
            job = await instance.bulk.job(self.job_id)
            status: Record = {}
            # The status of a failure is an event too: the sensor raises it, where Airflow shows it.
            with suppress(JobFailedError, JobCancelledError):
                async for seen in job.statuses():
                    status = seen
        yield _triggers.TriggerEvent(status)


class ElementKitQueryOperator(_BaseOperator):
    """Starts a bulk job and returns its id at once, for :class:`ElementKitJobSensor`.

    Parameters
    ----------
    statement
        For instance ``select * from contacts where lastUpdated > '{{ data_interval_start }}'``.
    elementkit_conn_id
        The connection.
    """

    template_fields: Sequence[str] = ("statement",)

    def __init__(self, *, statement: str, elementkit_conn_id: str = CONNECTION, **options: Any) -> None:
        super().__init__(**options)
        self.statement, self.elementkit_conn_id = statement, elementkit_conn_id

    def execute(self, context: Any) -> str:
        with ElementKitHook(self.elementkit_conn_id).instance() as instance:
            return instance.bulk.query(self.statement).id


class ElementKitJobSensor(_BaseSensorOperator):
    """Waits for the end of a bulk job, and returns its status. It fails if the job does.

    Parameters
    ----------
    job_id
        The id, usually that of an :class:`ElementKitQueryOperator`.
    elementkit_conn_id
        The connection: to a platform that is served, unless ``deferrable`` is off.
    deferrable
        Whether it waits in the triggerer, without a worker slot.
    """

    template_fields: Sequence[str] = ("job_id",)

    def __init__(
        self, *, job_id: str, elementkit_conn_id: str = CONNECTION, deferrable: bool = True, **options: Any
    ) -> None:
        super().__init__(**options)
        self.job_id, self.elementkit_conn_id, self.deferrable = job_id, elementkit_conn_id, deferrable

    def execute(self, context: Any) -> Any:
        if self.deferrable:
            trigger = ElementKitJobTrigger(self.job_id, self.elementkit_conn_id)
            self.defer(trigger=trigger, method_name="resume", timeout=timedelta(seconds=self.timeout))
        with ElementKitHook(self.elementkit_conn_id).instance() as instance:
            return instance.bulk.job(self.job_id).wait(progress="log", timeout=self.timeout)

    def resume(self, context: Any, event: Record) -> Record:
        """Continues when the trigger has seen the end of the job."""
        with ElementKitHook(self.elementkit_conn_id).instance() as instance:
            return instance.bulk.job(self.job_id).wait(progress="off")


class ElementKitDownloadOperator(_BaseOperator):
    """Writes the result of a bulk job to a file, whose path it returns.

    Parameters
    ----------
    job_id
        The id of a job that has ended.
    path
        The file; its extension selects the format.
    elementkit_conn_id
        The connection.
    """

    template_fields: Sequence[str] = ("job_id", "path")

    def __init__(self, *, job_id: str, path: str, elementkit_conn_id: str = CONNECTION, **options: Any) -> None:
        super().__init__(**options)
        self.job_id, self.path, self.elementkit_conn_id = job_id, path, elementkit_conn_id

    def execute(self, context: Any) -> str:
        with ElementKitHook(self.elementkit_conn_id).instance() as instance:
            instance.bulk.job(self.job_id).download(self.path)
        return self.path


class ElementKitSyncOperator(_BaseOperator):
    """Pulls what changed since its last successful run into a file, whose path it returns.

    The state between runs is a Variable of Airflow, which is stored when the file is complete. Upsert the rows by their
    primary key: runs overlap.

    Parameters
    ----------
    object
        For instance ``contacts``.
    path
        The file; its extension selects the format.
    where, fields
        Restrictions, as of :meth:`elementkit.Instance.sync`.
    state
        Name of the Variable; ``elementkit.DAG.TASK`` by default.
    elementkit_conn_id
        The connection.
    """

    template_fields: Sequence[str] = ("path", "where")

    def __init__(
        self,
        *,
        object: str,
        path: str,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        state: str | None = None,
        elementkit_conn_id: str = CONNECTION,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.object, self.path, self.where, self.fields = object, path, where, fields
        self.state, self.elementkit_conn_id = state, elementkit_conn_id

    def execute(self, context: Any) -> str:
        variable = self.state or f"elementkit.{self.dag_id}.{self.task_id}"
        with ElementKitHook(self.elementkit_conn_id).instance() as instance:
            earlier = _sdk.Variable.get(variable, default=None)
            pull = instance.sync(self.object, earlier, where=self.where, fields=self.fields)
            pull.wait(progress="log")
            pull.download(self.path)
            if pending := pull.pending():
                self.log.warning("%d partitions could not be read completely: %s", len(pending), pending)
            _sdk.Variable.set(variable, pull.state())
        return self.path

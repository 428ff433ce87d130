"""A data source for Spark 4.2 or newer: the objects of an instance, in batches and as a stream.

::

    import elementkit.spark

    spark.dataSource.register(elementkit.spark.ElementKitDataSource)
    contacts = spark.read.format("elementkit").option("object", "contacts").load()

The driver starts a bulk job at a platform, usually ``elementkit serve``; executors read the partitions of its result.
Only the platform calls the vendor, so all executors together never exceed the vendor's limits. Driver and executors
have ``ELEMENTKIT_USER_SECRET`` and ``ELEMENTKIT_ORGANIZATION_SECRET`` in their environment, or a file with them.

Needs pyspark and pyarrow: ``pip install pyspark pyarrow``.
"""

from __future__ import annotations

import functools
import heapq
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from . import _arguments as arguments
from ._sync import Instance, Job, Platform
from ._tables import library
from ._types import Record
from .ceql import Expression, field
from .errors import ConfigError, NotFoundError

_source = library("pyspark.sql.datasource", "pyspark")
_types = library("pyspark.sql.types", "pyspark")
_DataSource: Any = _source.DataSource
_DataSourceReader: Any = _source.DataSourceReader
_DataSourceStreamReader: Any = _source.DataSourceStreamReader

OPTIONS = (
    "baseUrl", "delay", "fields", "instance", "interval", "numPartitions", "object", "secretsFile", "startingAt",
    "where",
)  # fmt: skip
"""The options of the source."""

DELAY_SECONDS = 600
"""Default of the option ``delay``: longer than clocks differ, and than a vendor takes to show a change."""

INTERVAL_SECONDS = 60
"""Default of the option ``interval``."""


@dataclass(frozen=True)
class _Settings:
    """Settings for driver and executors; never a secret, since plans and their histories show them."""

    base_url: str
    object: str
    instance: int | None
    secrets_file: str | None
    where: str | None
    fields: tuple[str, ...] | None
    tasks: int | None
    delay: float
    interval: float
    starting_at: str

    @staticmethod
    def of(options: Mapping[str, str]) -> _Settings:
        known = {name.lower(): name for name in OPTIONS}
        for name in options:
            if name.lower() not in known:
                _refuse(name)
        base_url = options.get("baseUrl") or os.environ.get("ELEMENTKIT_BASE_URL")
        if not base_url:
            hint = "Set it, or ELEMENTKIT_BASE_URL, to that of `elementkit serve`, which all executors can reach."
            raise ConfigError("the option baseUrl is missing", hint=hint)
        if not options.get("object"):
            raise ConfigError("the option object is missing", hint='For instance .option("object", "contacts").')
        names = options.get("fields")
        return _Settings(
            base_url=base_url,
            object=options["object"],
            instance=_number(options, "instance", int),
            secrets_file=options.get("secretsFile"),
            where=options.get("where"),
            fields=tuple(name.strip() for name in names.split(",")) if names else None,
            tasks=_number(options, "numPartitions", int),
            delay=_number(options, "delay", float, DELAY_SECONDS),
            interval=_number(options, "interval", float, INTERVAL_SECONDS),
            starting_at=options.get("startingAt", ""),
        )

    def connect(self) -> Instance:
        return _connected(self.base_url, self.instance, self.secrets_file)


def _refuse(name: str) -> None:
    if any(word in name.lower() for word in ("secret", "password", "token", "key", "user", "organization")):
        raise ConfigError(
            f"{name} is not an option: plans and logs show options",
            hint="Set ELEMENTKIT_USER_SECRET and ELEMENTKIT_ORGANIZATION_SECRET for the driver and the executors, or "
            "name a file with them in secretsFile.",
        )
    raise ConfigError(f"unknown option {name}. {arguments.nearest(name, OPTIONS)}")


def _number(options: Mapping[str, str], name: str, kind: Any, default: Any = None) -> Any:
    text = options.get(name)
    try:
        number = default if text is None else kind(text)
    except ValueError:
        number = -1
    if number is not None and number < 0:
        raise ConfigError(f"the option {name} must be a number of at least 0, not {text!r}")
    return number


@functools.cache
def _connected(base_url: str, instance: int | None, secrets_file: str | None) -> Instance:
    """Returns the instance; its connections are used by all tasks of this process."""
    secrets: dict[str, str] = {}
    if secrets_file is not None:
        with open(secrets_file, encoding="utf-8") as file:
            found = json.load(file)
        secrets = {"user": found["userSecret"], "organization": found["organizationSecret"]}
    instances = Platform.hosted(base_url, **secrets).instances  # type: ignore[arg-type]
    return instances.only() if instance is None else instances.get(instance)


class ElementKitDataSource(_DataSource):
    """The data source ``elementkit``."""

    @classmethod
    def name(cls) -> str:
        return "elementkit"

    def schema(self) -> Any:
        """Returns the columns from the metadata of the object, or those that the option ``fields`` names."""
        settings = _Settings.of(self.options)
        description = settings.connect().metadata(settings.object)
        columns: dict[str, Any] = {}
        for each in description["fields"]:
            columns.setdefault(*_column(each, bool(description.get("open"))))
        names = columns if settings.fields is None else settings.fields
        schema = _types.StructType()
        for name in names:
            schema = schema.add(name, columns.get(name, _types.StringType()))
        if not schema.fields:
            hint = "Give the columns with schema(…) or the option fields."
            raise ConfigError(f"no fields of {settings.object} are declared", hint=hint)
        return schema

    def reader(self, schema: Any) -> _Reader:
        return _Reader(_Settings.of(self.options), schema)

    def streamReader(self, schema: Any) -> _StreamReader:
        return _StreamReader(_Settings.of(self.options), schema)


def _column(each: Record, is_open: bool) -> tuple[str, Any]:
    """Returns name and type of the column of a field. Arrays are JSON texts."""
    path, _, below = each["vendorPath"].partition("[*]")
    kind = each.get("type")
    if below or "[*]" in each["vendorPath"]:
        return path, _types.StringType()
    if kind == "number":
        whole = each.get("vendorNativeType") == "integer"
        return path, _types.LongType() if whole else _types.DoubleType()
    if kind == "boolean":
        return path, _types.BooleanType()
    # The dates of records without a closed schema may have any form.
    return path, _types.TimestampType() if kind == "date" and not is_open else _types.StringType()


class _Tasks:
    """Reading the partitions of a job's result, which the batch reader and the stream reader share."""

    def __init__(self, settings: _Settings, schema: Any) -> None:
        self.settings, self.schema = settings, schema
        self.conditions: list[str] = [] if settings.where is None else [settings.where]

    def start(self, **dates: str) -> Job:
        """Starts a job that reads the columns of the schema, and waits for it."""
        members: dict[str, Any] = dict(dates)
        if self.conditions:
            members["where"] = " AND ".join(f"({condition})" for condition in self.conditions)
        members["selectFields"] = ", ".join(self.schema.names)
        job = self.settings.connect().bulk.download(self.settings.object, **members)
        try:
            job.wait(progress="log")
        except BaseException:
            job.cancel()
            raise
        return job

    def parts(self, job: Job) -> list[Any]:
        """Returns the tasks: one for each partition of the vendor, or fewer of about the same size."""
        found = [(part["partition"], part["recordsCount"]) for part in job.partitions() or []]
        tasks: list[list[tuple[str, int]]] = [[part] for part in found]
        if self.settings.tasks and len(found) > self.settings.tasks:
            tasks = [[] for _ in range(self.settings.tasks)]
            sizes = [(0, number) for number in range(self.settings.tasks)]
            for part in sorted(found, key=lambda part: -part[1]):
                size, number = heapq.heappop(sizes)
                tasks[number].append(part)
                heapq.heappush(sizes, (size + part[1], number))
        return [_source.InputPartition((job.id, task)) for task in tasks]

    def read(self, partition: Any) -> Iterator[Any]:
        """Reads a task on an executor, in Arrow batches."""
        if partition is None:
            return
        pyarrow = library("pyarrow")
        target = library("pyspark.sql.pandas.types").to_arrow_schema(self.schema, timezone="UTC")
        job_id, task = partition.value
        job = self.settings.connect().bulk.job(job_id)
        for name, count in task:
            rows = pyarrow.RecordBatchReader.from_stream(job.partition({"partition": name, "recordsCount": count}))
            for batch in rows:
                yield _in_schema(pyarrow, batch, target)


def _in_schema(pyarrow: Any, batch: Any, target: Any) -> Any:
    """Returns a batch with the columns of the schema of Spark, in its order and types."""
    columns: list[Any] = []
    for wanted in target:
        index = batch.schema.get_field_index(wanted.name)
        if index < 0:
            columns.append(pyarrow.nulls(batch.num_rows, wanted.type))
            continue
        try:
            columns.append(batch.column(index).cast(wanted.type))
        except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError) as error:
            hint = "Give this column another type with schema(…), for instance string."
            raise ConfigError(f"the column {wanted.name} has values that are not {wanted.type}", hint=hint) from error
    return pyarrow.RecordBatch.from_arrays(columns, schema=target)


class _Reader(_Tasks, _DataSourceReader):
    """Reads once."""

    def pushFilters(self, filters: list[Any]) -> Iterable[Any]:
        """Adds what CEQL can express to the condition of the job. Spark checks all filters again, so a condition may
        match more rows than the filter, for instance in another case."""
        conditions = [condition for each in filters if (condition := _condition(each)) is not None]
        self.conditions.extend(str(condition) for condition in conditions)
        return filters

    def partitions(self) -> Sequence[Any]:
        return self.parts(self.start())


def _condition(each: Any) -> Expression | None:
    """Returns a condition that every row of a filter meets, or ``None`` if there is none."""
    name = type(each).__name__
    if name in ("Not", "EqualNullSafe"):
        return None
    column = field(".".join(each.attribute))
    if name == "IsNull":
        return column.is_null()
    if name == "IsNotNull":
        return column.is_not_null()
    values = each.value if name == "In" else (each.value,)
    if not all(_is_comparable(value) for value in values):
        return None
    if name == "EqualTo":
        equal: Expression = column == each.value
        return equal
    if name == "In":
        return column.is_in(values) if values else None
    if name.startswith("String"):
        before, after = name != "StringStartsWith", name != "StringEndsWith"
        plain = not any(char in each.value for char in "%_\\")
        return column.like("%" * before + each.value + "%" * after) if plain else None
    # The order of texts differs between Spark, the platform and vendors.
    if isinstance(each.value, (str, bool)):
        return None
    orders: dict[str, Callable[[Any], Expression]] = {
        "GreaterThan": column.__gt__,
        "GreaterThanOrEqual": column.__ge__,
        "LessThan": column.__lt__,
        "LessThanOrEqual": column.__le__,
    }
    return orders[name](each.value) if name in orders else None


def _is_comparable(value: object) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is not None
    return isinstance(value, (str, int, float, bool))


class _StreamReader(_Tasks, _DataSourceStreamReader):
    """Reads what changed, again and again.

    An offset is the end of a span of time, exclusive, and the job that has read the span. A record is in the span of
    its last change, so it is delivered once for each change that is the last one when its span is read. A batch that
    Spark repeats reads the result of the same job.
    """

    def __init__(self, settings: _Settings, schema: Any) -> None:
        super().__init__(settings, schema)
        self.pulled = float("-inf")

    def initialOffset(self) -> dict[str, str]:
        instance = self.settings.connect()
        if not instance.metadata(self.settings.object).get("lastModified"):
            raise ConfigError(f"{self.settings.object} has no time of change, so it cannot be read as a stream")
        return {"until": self.settings.starting_at, "job": ""}

    def latestOffset(self, start: dict[str, str], limit: Any) -> dict[str, str]:
        end = (datetime.now(timezone.utc) - timedelta(seconds=self.settings.delay)).strftime("%Y-%m-%dT%H:%M:%SZ")
        if end <= start["until"] or time.monotonic() < self.pulled + self.settings.interval:
            return start
        job = self.span(start["until"], end)
        self.pulled = time.monotonic()
        # A span without rows is read again with the next one.
        return {"until": end, "job": job.id} if job.status().get("recordsCount") else start

    def span(self, start: str, end: str) -> Job:
        """Reads the records that were changed in a span of time."""
        before = datetime.fromisoformat(end.replace("Z", "+00:00")) - timedelta(seconds=1)
        dates = {"to": before.strftime("%Y-%m-%dT%H:%M:%S.999999999Z")}
        return self.start(**dates, **({"from_": start} if start else {}))

    def partitions(self, start: dict[str, str], end: dict[str, str]) -> Sequence[Any]:
        if start == end:
            return []
        # A result is kept for days; a query that was stopped for longer reads the span again.
        return self.parts(self.kept(end["job"]) or self.span(start["until"], end["until"]))

    def kept(self, id: str) -> Job | None:
        """Returns the job if its result is still there."""
        try:
            job = self.settings.connect().bulk.job(id)
            return None if job.partitions() is None else job
        except NotFoundError:
            return None

    def commit(self, end: dict[str, str]) -> None:
        """Does nothing: offsets are complete by themselves."""

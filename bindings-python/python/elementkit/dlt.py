"""A source for dlt (https://dlthub.com): the objects of an instance as Arrow batches, whole or only what changed.

::

    import dlt
    import elementkit as ek
    import elementkit.dlt

    with ek.Platform.embedded("elementkit.db") as platform:
        bt = ek.brighttalk.connect(platform)
        pipeline = dlt.pipeline("webinars", destination="duckdb", dataset_name="brighttalk")
        pipeline.run(ek.dlt.source(bt, objects=["channels", "webcasts", "contacts"]))

Needs dlt and pyarrow: ``pip install "dlt[parquet]"``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import _arguments as arguments
from ._sync import Instance
from ._tables import library
from ._types import Record, condition
from .ceql import Expression

log = logging.getLogger(__name__)

STATE = "elementkit"
"""Name of the sync state in the state that dlt keeps for a resource."""


def source(
    instance: Instance,
    *,
    objects: Sequence[str] | None = None,
    incremental: bool = True,
    where: Mapping[str, str | Expression] | None = None,
    fields: Mapping[str, str | Sequence[str]] | None = None,
    name: str = "elementkit",
) -> Any:
    """Returns a dlt source with a resource for each object.

    A resource pulls what changed since the run before and merges it by primary key. An object without a time of change,
    or a primary key, is pulled whole and replaces its table. Rows and state are committed together by dlt, so a run
    that failed or was killed is repeated without loss.

    Parameters
    ----------
    instance
        The instance, whose platform stays open while the pipeline runs.
    objects
        Names of objects, for instance ``["channels", "contacts"]``; all of the instance by default.
    incremental
        Whether to pull only what changed. Otherwise each run pulls everything and replaces the tables.
    where
        A CEQL condition for an object, by its name. A change of it needs ``refresh="drop_data"``, as dlt calls it.
    fields
        Fields of an object, by its name; all by default. Include those of the primary key.
    name
        Name of the source: its section in the state and configuration of dlt.
    """
    if not isinstance(instance, Instance):
        raise arguments.wrong_type("instance", "an Instance of the synchronous platform", instance)
    dlt = library("dlt", '"dlt[parquet]"')
    names = instance.objects() if objects is None else arguments.texts("objects", objects)
    pulls = [_Pull(instance, each, incremental, (where or {}).get(each), (fields or {}).get(each)) for each in names]

    def resources() -> Iterator[Any]:
        for pull in pulls:
            yield pull.resource(dlt)

    return dlt.source(resources, name=arguments.text("name", name))()


class _Pull:
    """The pull of one object."""

    def __init__(
        self,
        instance: Instance,
        name: str,
        incremental: bool,
        where: str | Expression | None,
        fields: str | Sequence[str] | None,
    ) -> None:
        self.instance, self.name = instance, name
        self.where, self.fields = condition("where", where), fields
        description = instance.metadata(name)
        self.key: list[str] = description.get("primaryKey", [])
        self.incremental = bool(incremental and self.key and description.get("lastModified"))
        # What the type of an Arrow column does not tell: that a text is JSON.
        texts = {_column(field) for field in description["fields"] if _is_json(field)}
        self.columns = {} if fields else {name: {"data_type": "json"} for name in texts}

    def resource(self, dlt: Any) -> Any:
        # dlt keeps attributes at the function, which a method cannot have.
        def tables() -> Iterator[Any]:
            yield from self.tables(dlt)

        return dlt.resource(
            tables,
            name=self.name,
            write_disposition="merge" if self.incremental else "replace",
            primary_key=self.key or None,
            columns=self.columns,
        )

    def tables(self, dlt: Any) -> Iterator[Any]:
        """Yields the rows as Arrow tables. The state follows the rows: dlt stores it if all have been taken."""
        pyarrow = library("pyarrow")
        state: dict[str, Any] = dlt.current.resource_state() if self.incremental else {}
        pull = self.instance.sync(self.name, state.get(STATE), where=self.where, fields=self.fields)
        pull.wait(progress="log")
        rows = pyarrow.RecordBatchReader.from_stream(pull)
        schema = self.schema(pyarrow, rows.schema)
        # A table without rows tells dlt the columns.
        yield schema.empty_table()
        for batch in rows:
            yield pyarrow.Table.from_batches([batch]).cast(schema)
        if pending := pull.pending():
            log.warning("%s: %d partitions could not be read completely: %s", self.name, len(pending), pending)
        state[STATE] = pull.state()

    def schema(self, pyarrow: Any, schema: Any) -> Any:
        """Returns the columns as dlt has them, which warns of differences in each run: dates in microseconds, and keys
        without nulls."""
        is_time, microseconds = pyarrow.types.is_timestamp, pyarrow.timestamp
        fields = [
            field.with_type(microseconds("us", field.type.tz) if is_time(field.type) else field.type).with_nullable(
                field.name not in self.key
            )
            for field in schema
        ]
        return pyarrow.schema(fields)


def _is_json(field: Record) -> bool:
    return "[*]" in field["vendorPath"] or field.get("type") in ("array", "object")


def _column(field: Record) -> str:
    path: str = field["vendorPath"]
    return path.partition("[*]")[0]

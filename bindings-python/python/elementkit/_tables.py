"""Tables. The package needs no table library; each is imported on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol

from ._native import NativeTable
from .errors import ConfigError, UnsupportedError

if TYPE_CHECKING:
    import pandas
    import polars


class ArrowStream:
    """Records as an Arrow C stream, which can be consumed once.

    ``pyarrow.table(stream)``, ``polars.DataFrame(stream)`` and other libraries with the Arrow PyCapsule interface
    read it directly, batch by batch. DuckDB reads a stream twice: pass it the job or the records themselves.
    """

    def __init__(self, native: NativeTable) -> None:
        self._native = native

    def __repr__(self) -> str:
        return "<ArrowStream, to be read once: pyarrow.table(…), polars.DataFrame(…)>"

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        capsule = self._native.capsule()
        if capsule is None:
            raise ConfigError("this stream was already used", hint="Request another one with table().")
        return capsule


class _HasTable(Protocol):
    def table(self) -> ArrowStream: ...


class Tabular:
    """Base of classes that table libraries read directly, with a new stream each time.

    For instance ``pyarrow.table(bt.records("contacts"))``.
    """

    def __arrow_c_stream__(self: _HasTable, requested_schema: object = None) -> object:
        return self.table().__arrow_c_stream__()


def arrow_table(table: NativeTable) -> Any:
    return library("pyarrow").table(ArrowStream(table))


def pandas_frame(table: NativeTable) -> pandas.DataFrame:
    library("pandas")
    found: pandas.DataFrame = arrow_table(table).to_pandas()
    return found


def polars_frame(table: NativeTable) -> polars.DataFrame:
    found: polars.DataFrame = library("polars").DataFrame(ArrowStream(table))
    return found


def library(name: str, package: str | None = None) -> Any:
    """Imports a library that is not a dependency; ``package`` is what to install if it is named otherwise."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UnsupportedError(f"{name} is not installed", hint=f"pip install {package or name}") from error

"""Tables. No table library is needed by the package; each is imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import Any

from ._native import NativeTable
from .errors import ConfigError, UnsupportedError


class ArrowStream:
    """A result as an Arrow C stream; it can be taken once.

    ``pyarrow.table(stream)``, ``polars.from_arrow(stream)``, ``duckdb.from_arrow(stream)`` and whatever else knows the
    Arrow PyCapsule interface take it as it is, batch by batch.
    """

    def __init__(self, native: NativeTable) -> None:
        self._native = native

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        capsule = self._native.capsule()
        if capsule is None:
            raise ConfigError("this stream was taken before", hint="Ask the job for another one.")
        return capsule


def arrow_table(stream: ArrowStream) -> Any:
    return _library("pyarrow").RecordBatchReader.from_stream(stream).read_all()


def pandas_frame(stream: ArrowStream) -> Any:
    _library("pandas")
    return arrow_table(stream).to_pandas()


def polars_frame(stream: ArrowStream) -> Any:
    return _library("polars").DataFrame(stream)


def arrow_of(records: list[dict[str, Any]]) -> Any:
    return _library("pyarrow").Table.from_pylist(records)


def pandas_of(records: list[dict[str, Any]]) -> Any:
    return _library("pandas").DataFrame.from_records(records)


def polars_of(records: list[dict[str, Any]]) -> Any:
    return _library("polars").DataFrame(records, infer_schema_length=None)


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UnsupportedError(f"{name} is not installed", hint=f"pip install {name}") from error

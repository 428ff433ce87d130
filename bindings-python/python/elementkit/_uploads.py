"""Content of uploads: a file, bytes, or records in blocks."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, cast

from . import _arguments as arguments

UploadRecord = Mapping[str, Any]
UploadSource = str | os.PathLike[str] | bytes | bytearray | memoryview | Iterable[UploadRecord]
"""The path of a file, its bytes, or records."""
AsyncUploadSource = UploadSource | AsyncIterable[UploadRecord]
"""The path of a file, its bytes, or records, which may come from an asynchronous iterator."""

_BLOCK = 256 << 10
"""Number of characters of JSON lines that are passed together."""


class _Block:
    """Records as JSON lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0
        self._count = 0

    def add(self, record: object) -> bool:
        """Adds a record and returns whether the block is full."""
        if not isinstance(record, Mapping):
            raise arguments.wrong_type(f"source[{self._count}]", "a mapping", record)
        line = arguments.json_object(f"source[{self._count}]", cast("UploadRecord", record))
        self._lines.append(line)
        self._size += len(line)
        self._count += 1
        return self._size >= _BLOCK

    def take(self) -> bytes:
        """Removes and returns the lines."""
        self._lines.append("")
        block = "\n".join(self._lines).encode()
        self._lines, self._size = [], 0
        return block


def whole(source: object) -> tuple[str | None, bytes | None] | None:
    """Returns the path or the bytes of a source; ``None`` if it has records."""
    if isinstance(source, str | os.PathLike):
        return arguments.path("source", cast("str | os.PathLike[str]", source)), None
    if isinstance(source, bytes | bytearray | memoryview):
        return None, bytes(cast("bytes", source))
    return None


def blocks(records: object) -> Iterator[bytes]:
    """Returns records in blocks of JSON lines."""
    if isinstance(records, Mapping) or not isinstance(records, Iterable):
        raise arguments.wrong_type("source", "a path, bytes or an iterable of mappings", cast("Any", records))
    block = _Block()
    for record in cast("Iterable[object]", records):
        if block.add(record):
            yield block.take()
    yield block.take()


async def async_blocks(records: object) -> AsyncIterator[bytes]:
    """Returns records in blocks of JSON lines, from an asynchronous iterator too."""
    if not isinstance(records, AsyncIterable):
        for each in blocks(records):
            yield each
        return
    block = _Block()
    async for record in cast("AsyncIterable[object]", records):
        if block.add(record):
            yield block.take()
    yield block.take()

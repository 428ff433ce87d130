"""Shapes and conversions that both the synchronous and the asynchronous classes use."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from .ceql import Expression

Record = dict[str, Any]
Json = Any


class Change(TypedDict, total=False):
    """What is to change of an instance."""

    name: str
    tags: list[str]
    configuration: Mapping[str, str | None]



@dataclass(frozen=True)
class Page:
    """One page of records."""

    records: list[Record]
    """The records."""
    next: str | None
    """Leads to the next page; None on the last."""
    total: int | None
    """How many records there are, when it was asked for with ``returnCount``."""
    warning: str | None
    """What the platform remarks, for instance that a page size was reduced."""


@dataclass(frozen=True)
class Response:
    """The answer of :meth:`Platform.request`."""

    status: int
    """The HTTP status."""
    request_id: str | None
    """The request id."""
    content: bytes
    """The body."""

    def json(self) -> Json:
        """The body as JSON; None when it is empty."""
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True)
class ListQuery:
    """What a list is narrowed to."""

    where: str | None = None
    fields: str | Sequence[str] | None = None
    order_by: str | None = None
    page_size: int | None = None
    params: Mapping[str, str] | None = None

    def pairs(self) -> list[tuple[str, str]]:
        named = [
            ("where", self.where),
            ("fields", self.fields if self.fields is None or isinstance(self.fields, str) else ",".join(self.fields)),
            ("orderBy", self.order_by),
            ("pageSize", None if self.page_size is None else str(self.page_size)),
        ]
        pairs = [(name, value) for name, value in named if value is not None]
        return pairs + list((self.params or {}).items())


def configuration_of(configuration: Mapping[str, object]) -> dict[str, str]:
    """Configuration values as texts, booleans as the contract writes them."""
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in configuration.items()}


def path_of(path: str | os.PathLike[str]) -> str:
    return os.fspath(path)


def body_of(document: Json) -> str | None:
    return None if document is None else json.dumps(document)


def milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def text_of(condition: str | Expression | None) -> str | None:
    return None if condition is None else str(condition)


def hosted_options(**options: str | int | bool | None) -> dict[str, str]:
    """The options that are given, as texts."""
    texts = {True: "true", False: "false"}
    given = {name: value for name, value in options.items() if value is not None}
    return {name: texts[value] if isinstance(value, bool) else str(value) for name, value in given.items()}


def query_options(
    from_: str | None,
    to: str | None,
    continue_from: str | None,
    callback_url: str | None,
    callback_payload: Json,
    file_name: str | None,
) -> dict[str, str]:
    options = {
        "from": from_,
        "to": to,
        "continue_from": continue_from,
        "callback_url": callback_url,
        "callback_payload": body_of(callback_payload),
        "file_name": file_name,
    }
    return {name: value for name, value in options.items() if value is not None}

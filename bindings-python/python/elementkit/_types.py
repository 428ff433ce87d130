"""Shapes that both the synchronous and the asynchronous classes use."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypedDict

from . import _arguments as arguments
from . import errors
from ._native import oauth_code
from .ceql import Expression

if TYPE_CHECKING:
    from typing_extensions import TypeVar
else:
    from typing import TypeVar as _TypeVar

    def TypeVar(name, *, default, **options):
        """Only type checkers need the default; Python supports it from 3.13 on."""
        return _TypeVar(name, **options)


Record = dict[str, Any]
Json = Any
JOB_MEMBERS = (
    "apiLimit", "continueFromJobId", "filterDateField", "filterNulls", "format", "from", "limit", "notificationUrl",
    "query", "selectFields", "to", "where",
)  # fmt: skip
"""Request members of the newer form of a job, besides the object."""

Row = TypeVar("Row", covariant=True, default=Any)


Definition = Mapping[str, Any] | str | os.PathLike[str]
"""The definition of an element: a document, or the path of a file or folder that has one."""


class Change(TypedDict, total=False):
    """Changes of an instance."""

    name: str
    tags: list[str]
    configuration: Mapping[str, str | None]
    skipVerification: bool


CHANGES = ("name", "tags", "configuration", "skipVerification")


class Narrowing(TypedDict, total=False):
    """Restrictions of a list of records."""

    where: str | Expression | None
    fields: str | Sequence[str] | None
    order_by: str | None
    page_size: int | None
    params: Mapping[str, str] | None


class Selection(TypedDict, total=False):
    """Restrictions of an incremental pull."""

    where: str | Expression | None
    fields: str | Sequence[str] | None
    channel: int | Sequence[int] | None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of records."""

    records: list[Row]
    """The records."""
    next: str | None
    """Token of the next page; ``None`` on the last."""
    total: int | None
    """Total number of records, if requested with ``returnCount``."""
    warning: str | None
    """Remarks of the platform, for instance that a page size was reduced."""

    def _repr_html_(self) -> str:
        from ._display import table

        return table(self.records, "there are more" if self.next else "the last page")


@dataclass(frozen=True)
class Response:
    """The response of :meth:`Platform.request`."""

    status: int
    """The HTTP status."""
    request_id: str | None
    """The request id."""
    content: bytes = field(repr=False)
    """The body."""

    def json(self) -> Json:
        """Returns the body as JSON; ``None`` if it is empty."""
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True)
class CallAnswer:
    """The answer to :meth:`Instance.call`. A failure is an exception, so it has no status."""

    headers: dict[str, str]
    """The headers by their names in lower case; values of a repeated one are joined by commas."""
    request_id: str | None
    """The request id, to quote to support."""
    warnings: list[errors.ElementKitWarning]
    """Parts of the request that the platform ignored, adjusted or questions; they were reported as warnings too."""
    content: bytes = field(repr=False)
    """The body as bytes; empty if there is none."""

    def json(self) -> Json:
        """Returns the body as JSON; ``None`` if it is empty. A body that is not JSON is a ``ValueError``."""
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True)
class Grant:
    """Proof of a vendor that a user granted access: the value of ``granted`` when an instance is made."""

    code: str = field(repr=False)
    """The code. It is a secret, serves once, and is short-lived."""
    state: str
    """The state of the login."""


@dataclass(frozen=True)
class OauthUrl:
    """The address at which a user grants access to an element with OAuth 2 (spec E 4.24)."""

    url: str
    """The address to open in a browser."""
    element: str
    """The key of the element."""
    state: str
    """The state by which the redirect of this user is recognized."""

    def grant(self, redirect: str) -> Grant:
        """Returns the grant in the address of the callback, for a program that receives that address itself.

        Parameters
        ----------
        redirect
            The whole address to which the vendor sent the user, with its query.

        Raises
        ------
        AuthenticationError
            The user or the vendor denied access.
        ConfigError
            The address has another state, so that it belongs to another login, or has no code.
        """
        return Grant(oauth_code(arguments.text("redirect", redirect), self.state), self.state)


@dataclass(frozen=True)
class Finding:
    """A problem or a remark about a definition (spec E 1.10)."""

    pointer: str
    """JSON pointer of the value, or of the object that lacks it."""
    code: str
    """Kind of the finding: a word that programs compare."""
    message: str
    """One sentence, without the pointer."""
    hint: str | None = None
    """Advice, if there is any."""


@dataclass(frozen=True)
class DefinitionReport:
    """The findings in a definition."""

    problems: list[Finding]
    """With one of them no import succeeds."""
    remarks: list[Finding]
    """Parts that are stored and do not run, or run with a risk."""


def granted_pair(granted: Grant | None) -> tuple[str, str] | None:
    """Returns the code and the state of a grant."""
    if granted is None:
        return None
    if not isinstance(granted, Grant):
        raise arguments.wrong_type("granted", "a Grant", granted)
    return granted.code, granted.state


def list_query(
    where: str | Expression | None,
    fields: str | Sequence[str] | None,
    order_by: str | None,
    page_size: int | None,
    params: Mapping[str, str] | None,
) -> list[tuple[str, str]]:
    """Returns the query parameters of a list."""
    size = arguments.optional_number("page_size", page_size, least=1)
    named = [
        ("where", condition("where", where)),
        ("fields", arguments.field_names("fields", fields)),
        ("orderBy", arguments.optional_text("order_by", order_by)),
        ("pageSize", None if size is None else str(size)),
    ]
    return [(name, value) for name, value in named if value is not None] + arguments.text_pairs("params", params)


def condition(name: str, value: str | Expression | None) -> str | None:
    if value is None or isinstance(value, Expression):
        return None if value is None else str(value)
    if not isinstance(value, str):
        raise arguments.wrong_type(name, "a str or an Expression", value)
    return str.__str__(value)


def job_members(given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the request members of the newer form of a job. Unknown names are rejected with the nearest name."""
    for name in given:
        if name not in JOB_MEMBERS:
            suggestion = arguments.nearest(name, JOB_MEMBERS)
            raise errors.TypeError(f"download() got an unexpected keyword argument {name!r}. {suggestion}")
    members = dict(given)
    if "where" in members:
        members["where"] = condition("where", members["where"])
    return members

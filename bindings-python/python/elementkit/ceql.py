"""Conditions in CEQL, the platform's query language, with correct quoting.

::

    from elementkit.ceql import field

    recent = (field("lastUpdated") > datetime(2026, 1, 1, tzinfo=UTC)) & field("email").like("%@example.org")
    for contact in bt.records("contacts", where=recent):
        ...

``&``, ``|`` and ``~`` combine conditions; comparisons need parentheses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol

from . import _arguments as arguments
from . import errors
from ._native import ceql_field, ceql_text

__all__ = ["Expression", "Field", "Scalar", "Value", "field"]


class Scalar(Protocol):
    """A scalar of numpy: ``numpy.int64(7)``, ``numpy.float32(1.5)``, ``numpy.datetime64("2026-01-01")``."""

    @property
    def dtype(self) -> Any: ...
    def item(self) -> Any: ...


Value = str | int | float | bool | Decimal | date | datetime | Enum | Scalar
"""Value that a field is compared with. A member of an enumeration is replaced by its value."""


class Expression:
    """A condition. ``str()`` of it is CEQL."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = arguments.text("text", text)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<Expression {self._text}>"

    def __and__(self, other: Expression) -> Expression:
        return self._join("AND", other)

    def __or__(self, other: Expression) -> Expression:
        return self._join("OR", other)

    def _join(self, operator: str, other: object) -> Expression:
        # A string could contain parentheses, so only expressions built here are combined.
        return Expression(f"({self}) {operator} ({other})") if isinstance(other, Expression) else NotImplemented

    def __invert__(self) -> Expression:
        return Expression(f"NOT ({self})")

    def __bool__(self) -> bool:
        raise errors.TypeError("join conditions with & and |, not with `and` and `or`")


class Field:
    """A field of a record, by its name or dotted path; its comparisons are an :class:`Expression`."""

    __slots__ = ("_name",)

    # Comparing yields a condition, so a field cannot be hashed.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str) -> None:
        self._name = ceql_field(arguments.text("name", name))

    def _compare(self, operator: str, value: Value) -> Expression:
        return Expression(f"{self._name} {operator} {_literal(value)}")

    def __eq__(self, value: Value | None) -> Expression:  # type: ignore[override]
        return self.is_null() if value is None else self._compare("=", value)

    def __ne__(self, value: Value | None) -> Expression:  # type: ignore[override]
        return self.is_not_null() if value is None else self._compare("!=", value)

    def __lt__(self, value: Value) -> Expression:
        return self._compare("<", value)

    def __le__(self, value: Value) -> Expression:
        return self._compare("<=", value)

    def __gt__(self, value: Value) -> Expression:
        return self._compare(">", value)

    def __ge__(self, value: Value) -> Expression:
        return self._compare(">=", value)

    def like(self, pattern: str) -> Expression:
        """Matches a pattern in which ``%`` matches anything, ignoring case."""
        return self._compare("LIKE", arguments.text("pattern", pattern))

    def is_in(self, values: Iterable[Value]) -> Expression:
        """Matches any of these values: a list, a set, a range, an array or another iterable with at least one value.

        Raises
        ------
        TypeError
            ``values`` is a single string, or contains a value that cannot be compared.
        """
        if not arguments.is_several(values):
            raise arguments.wrong_type("values", "a list or another iterable of values", values)
        members = ", ".join([_literal(value) for value in values])
        if not members:
            raise errors.ConfigError("values must have at least one value")
        return Expression(f"{self._name} IN ({members})")

    def is_null(self) -> Expression:
        """Matches records without this field."""
        return Expression(f"{self._name} IS NULL")

    def is_not_null(self) -> Expression:
        """Matches records with this field."""
        return Expression(f"{self._name} IS NOT NULL")


def field(name: str) -> Field:
    """Returns a field by its name or dotted path."""
    return Field(name)


def _literal(value: object) -> str:
    value = _plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return ceql_text(_moment(value))
    if isinstance(value, date):
        return ceql_text(date.isoformat(value))
    if isinstance(value, str):
        return ceql_text(str.__str__(value))
    if value is None:
        raise errors.TypeError("None cannot be compared with; use is_null() or is_not_null()")
    kind = type(value).__name__
    raise errors.TypeError(f"a field cannot be compared with {kind}, only with a str, a number, a bool or a date")


def _plain(value: object) -> object:
    """Returns the Python value of a member of an enumeration or of a numpy scalar."""
    if isinstance(value, Enum):
        return _plain(value.value)
    scalar: Any = value
    if type(value).__module__ != "numpy" or not hasattr(value, "dtype") or scalar.ndim > 0:
        return value
    # With a finer unit than microseconds, `item()` returns a plain number.
    return scalar.astype("datetime64[us]").item() if scalar.dtype.kind == "M" else scalar.item()


def _number(value: float | Decimal) -> str:
    if not math.isfinite(value):
        raise errors.ConfigError(f"a field cannot be compared with {value}")
    return Decimal.__str__(value) if isinstance(value, Decimal) else float.__repr__(float(value))


def _moment(value: datetime) -> str:
    if value != value:  # `pandas.NaT` is a datetime that equals nothing.
        raise errors.ConfigError(f"a field cannot be compared with {value}; use is_null() or is_not_null()")
    # Without a zone it is UTC, as in the platform's own dates.
    moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    text = moment.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return text.replace(".000000Z", "Z")

"""Conditions in CEQL, the platform's query expression, with everything quoted as it must be.

::

    from elementkit.ceql import field

    recent = (field("lastUpdated") > datetime(2026, 1, 1, tzinfo=UTC)) & field("email").like("%@example.org")
    for contact in bt.records("contacts", where=recent):
        ...

``&``, ``|`` and ``~`` join conditions; mind the brackets around comparisons.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timezone

from ._native import ceql_field, ceql_text

Value = str | int | float | bool | date | datetime


class Expression:
    """A condition. ``str()`` of it is CEQL."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<Expression {self._text}>"

    def __and__(self, other: Expression) -> Expression:
        return Expression(f"({self}) AND ({other})")

    def __or__(self, other: Expression) -> Expression:
        return Expression(f"({self}) OR ({other})")

    def __invert__(self) -> Expression:
        return Expression(f"NOT ({self})")

    def __bool__(self) -> bool:
        raise TypeError("join conditions with & and |, not with `and` and `or`")


class Field:
    """A field of a record, by its name or dotted path; what is asked of it makes an :class:`Expression`."""

    __slots__ = ("_name",)

    # Comparing makes a condition, so a field has no identity to be hashed by.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str) -> None:
        self._name = ceql_field(name)

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
        """Matches a pattern in which ``%`` stands for anything, in any letter case."""
        return self._compare("LIKE", pattern)

    def is_in(self, values: Iterable[Value]) -> Expression:
        """Equals one of these; at least one is needed."""
        members = ", ".join(_literal(value) for value in values)
        if not members:
            raise ValueError("is_in needs at least one value")
        return Expression(f"{self._name} IN ({members})")

    def is_null(self) -> Expression:
        """Is absent."""
        return Expression(f"{self._name} IS NULL")

    def is_not_null(self) -> Expression:
        """Is there."""
        return Expression(f"{self._name} IS NOT NULL")


def field(name: str) -> Field:
    """A field, by its name or dotted path."""
    return Field(name)


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        # No zone is UTC, as in the platform's own dates.
        moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        text = moment.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return ceql_text(text.replace(".000000Z", "Z"))
    if isinstance(value, date):
        return ceql_text(value.isoformat())
    return ceql_text(value)

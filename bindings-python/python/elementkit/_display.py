"""Objects as text and as HTML, for shells and notebooks. Nothing here calls the platform or shows a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, TypeVar, cast

Row = TypeVar("Row")

_MOST_ROWS = 20
_MOST_COLUMNS = 30
_LONGEST_CELL = 80


class Rows(list[Row]):
    """A list of records, which notebooks show as a table."""

    def _repr_html_(self) -> str:
        return table(self)


class Found(list[Row]):
    """A list of instances, which notebooks show as a table, without their tokens."""

    def _repr_html_(self) -> str:
        return table([_instance(_members(each)) for each in self])


def _instance(details: Mapping[str, Any]) -> dict[str, object]:
    element: Mapping[str, Any] = details.get("element") or {}
    state = "disabled" if details.get("disabled") else ""
    named = {"id": details.get("id"), "name": details.get("name"), "element": element.get("key"), "state": state}
    return {**named, "tags": ", ".join(map(str, details.get("tags") or []))}


def table(rows: Sequence[Any], note: str = "") -> str:
    """Returns the first rows as an HTML table, with their number."""
    shown: list[Mapping[str, Any]] = [_members(row) for row in rows[:_MOST_ROWS]]
    names = list(dict.fromkeys(name for row in shown for name in row))
    columns = names[:_MOST_COLUMNS]
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in columns) + "</tr>" for row in shown)
    notes = [f"{len(rows)} records"]
    if len(rows) > len(shown):
        notes.append(f"the first {len(shown)} are shown")
    if len(names) > len(columns):
        notes.append(f"{len(names) - len(columns)} more fields")
    if note:
        notes.append(note)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{escape(', '.join(notes))}</p>"


def _members(row: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", row) if isinstance(row, Mapping) else {"value": row}


def properties(title: str, values: Mapping[str, object]) -> str:
    """Returns the properties of an object as an HTML table; those that are not known are left out."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{_cell(value)}</td></tr>"
        for name, value in values.items()
        if value is not None
    )
    return f"<table><thead><tr><th colspan='2'>{escape(title)}</th></tr></thead><tbody>{rows}</tbody></table>"


def text(title: str, values: Mapping[str, object]) -> str:
    """Returns an object as one line, without what is not known."""
    given = [f" {name}={_cut(str(value))!r}" for name, value in values.items() if value is not None]
    return f"<{title}{''.join(given)}>"


def status(known: Mapping[str, Any] | None) -> dict[str, object]:
    """Returns what is shown of the last known status of a job."""
    if not known:
        return {}
    named = {
        "status": known.get("status"),
        "object": known.get("objectName"),
        "records": known.get("recordsCount"),
        "failed": known.get("recordsFailedCount") or None,
        "error": known.get("error"),
    }
    return {name: value for name, value in named.items() if value is not None}


def _cell(value: object) -> str:
    return "" if value is None else escape(_cut(str(value)))


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_CELL else value[: _LONGEST_CELL - 1] + "…"

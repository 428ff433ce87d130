"""Patterns and templates of the scenarios; see tests/scenarios/README.md."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


def check(pattern: Json, value: Json, at: str = "") -> None:
    """Raises AssertionError with the path at which a value does not match."""
    if isinstance(pattern, str):
        matches = {
            "$any": True,
            "$absent": value is None,
            "$text": isinstance(value, str) and value != "",
            "$number": isinstance(value, int | float) and not isinstance(value, bool),
            "$bool": isinstance(value, bool),
        }
        if pattern.startswith("$contains:"):
            part = pattern.removeprefix("$contains:")
            assert isinstance(value, str) and part in value, f"{at}: expected a text with {part!r}, got {value!r}"
        else:
            holds = matches.get(pattern, value == pattern)
            assert holds, f"{at}: expected {pattern}, got {value!r}"
    elif isinstance(pattern, dict):
        if "$length" in pattern:
            assert isinstance(value, list), f"{at}: expected an array, got {value!r}"
            assert len(value) == pattern["$length"], f"{at}: expected {pattern['$length']} elements, got {len(value)}"
            return
        assert isinstance(value, dict), f"{at}: expected an object, got {value!r}"
        for name, member in pattern.items():
            check(member, value.get(name), f"{at}/{name}")
    elif isinstance(pattern, list):
        assert isinstance(value, list) and len(value) == len(pattern), f"{at}: expected {pattern}, got {value!r}"
        for index, (each, found) in enumerate(zip(pattern, value, strict=True)):
            check(each, found, f"{at}/{index}")
    else:
        assert value == pattern, f"{at}: expected {pattern!r}, got {value!r}"


def fill(template: Json, values: dict[str, Any]) -> Any:
    """Replaces references by stored values: ``{{name/path}}``."""
    if isinstance(template, str):
        whole = re.fullmatch(r"\{\{([^{}]+)\}\}", template)
        if whole:
            return _look_up(whole[1], values)
        return re.sub(r"\{\{([^{}]+)\}\}", lambda found: str(_look_up(found[1], values)), template)
    if isinstance(template, list):
        return [fill(each, values) for each in template]
    if isinstance(template, dict):
        return {name: fill(member, values) for name, member in template.items()}
    return template


def _look_up(reference: str, values: dict[str, Any]) -> Any:
    name, *path = reference.split("/")
    value: Json = values[name]
    for part in path:
        if isinstance(value, list):
            value = value[int(part)]
        else:
            assert isinstance(value, dict), f"{reference}: {value!r} has no members"
            value = value[part]
    return value

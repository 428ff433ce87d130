"""Converts arguments for the native module, and rejects wrong types and values by the parameter's name."""

from __future__ import annotations

import difflib
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, SupportsFloat, SupportsIndex, TypeVar

from . import errors
from .errors import ConfigError

T = TypeVar("T")

Rules = Mapping[str, tuple[str, Callable[[str, Any], object]]]
"""The name of each argument in core, and the rule that converts it to JSON."""

Content = tuple[bytes, str | None] | None
"""A body of bytes, and its media type."""

_LONGEST_SECONDS = 10**9


def is_several(value: object) -> bool:
    """Returns whether this is an iterable of values. A string is one value, although it is iterable."""
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes | bytearray | dict)


def text(name: str, value: object) -> str:
    """Returns a string. A member of a string enumeration is replaced by its value."""
    if not isinstance(value, str):
        raise wrong_type(name, "a str", value)
    return str.__str__(value)


def optional_text(name: str, value: object) -> str | None:
    return None if value is None else text(name, value)


def texts(name: str, value: Iterable[str]) -> list[str]:
    """Returns several strings. A single string is rejected, since its characters would be taken for the strings."""
    if not is_several(value):
        raise wrong_type(name, "a list or another iterable of str", value)
    return [text(f"{name}[{at}]", each) for at, each in enumerate(value)]


def optional_texts(name: str, value: Iterable[str] | None) -> list[str] | None:
    return None if value is None else texts(name, value)


def record_id(name: str, value: str | SupportsIndex) -> str:
    """Returns the id of a record, a string or an integer, as a string."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise wrong_type(name, "a str or an int", value)
    return str(value.__index__())


def optional_content(name: str, value: bytes | bytearray | memoryview | None, media_type: str | None) -> Content:
    """Returns a body of bytes with its media type."""
    if value is None:
        if media_type is not None:
            raise ConfigError("content_type is given without content", hint="JSON has its own type.")
        return None
    if not isinstance(value, bytes | bytearray | memoryview):
        raise wrong_type(name, "bytes", value)
    return bytes(value), optional_text("content_type", media_type)


def text_pairs(name: str, value: Mapping[str, str] | None) -> list[tuple[str, str]]:
    given = _mapping(name, value).items() if value is not None else ()
    return [(text(f"a key of {name}", key), text(f"{name}[{key!r}]", each)) for key, each in given]


def field_names(name: str, value: str | Iterable[str] | None) -> str | None:
    """Returns field names with commas in between."""
    if value is None or isinstance(value, str):
        return None if value is None else str.__str__(value)
    return ",".join(texts(name, value))


def whole_number(name: str, value: SupportsIndex, *, least: int = 0) -> int:
    """Returns an integer. Integers of numpy are accepted, booleans are not."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise wrong_type(name, "an int", value)
    number = value.__index__()
    if number < least:
        raise ConfigError(f"{name} must be at least {least}, not {number}")
    return number


def whole_numbers(name: str, value: SupportsIndex | Iterable[SupportsIndex] | None) -> list[int]:
    """Returns one integer or several as a list."""
    if value is None or isinstance(value, SupportsIndex):
        return [] if value is None else [whole_number(name, value)]
    if not is_several(value):
        raise wrong_type(name, "an int or several", value)
    return [whole_number(f"{name}[{at}]", each) for at, each in enumerate(value)]


def optional_number(name: str, value: SupportsIndex | None, *, least: int = 0) -> int | None:
    return None if value is None else whole_number(name, value, least=least)


def milliseconds(name: str, seconds: SupportsFloat | None) -> int | None:
    """Returns a time limit, rounded up so that rounding never makes it zero."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, SupportsFloat):
        raise wrong_type(name, "a number of seconds", seconds)
    number = float(seconds)
    if not 0 <= number <= _LONGEST_SECONDS:
        message = f"{name} must be from 0 to {_LONGEST_SECONDS} seconds, not {seconds}"
        raise ConfigError(message, hint="Use None for no limit.")
    return math.ceil(number * 1000)


def time_limit(name: str, seconds: SupportsFloat) -> int | None:
    """Returns a time limit, which zero is not."""
    limit = milliseconds(name, seconds)
    if limit == 0:
        raise ConfigError(f"{name} must be more than 0 seconds", hint="Use None for no limit.")
    return limit


def positive_number(name: str, value: SupportsIndex) -> int:
    return whole_number(name, value, least=1)


def port(name: str, value: SupportsIndex) -> int:
    """Returns a TCP port; 0 selects a free one."""
    number = whole_number(name, value)
    if number > 65535:
        raise ConfigError(f"{name} must be at most 65535, not {number}")
    return number


def flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(name, "a bool", value)
    return value


def path(name: str, value: str | os.PathLike[str]) -> str:
    if not isinstance(value, str | os.PathLike):
        raise wrong_type(name, "a str or an os.PathLike", value)
    return text(name, os.fspath(value))


def paths(name: str, value: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    """Returns one path or several."""
    if not is_several(value) or isinstance(value, str | os.PathLike):
        return [path(name, value)]  # type: ignore[arg-type]
    return [path(f"{name}[{at}]", each) for at, each in enumerate(value)]


def options(call: str, given: Mapping[str, object], rules: Rules) -> dict[str, object]:
    """Returns keyword arguments by their names in core. None counts as not given, an unknown one is refused."""
    taken: dict[str, object] = {}
    for name, value in given.items():
        if name not in rules:
            raise errors.TypeError(f"{call}() got an unexpected keyword argument {name!r}. {nearest(name, rules)}")
        key, rule = rules[name]
        if value is not None:
            taken[key] = rule(name, value)
    return taken


def choice(name: str, value: object, choices: Sequence[str]) -> str:
    """Returns the value if it is one of the choices."""
    word = text(name, value)
    if word not in choices:
        raise ConfigError(f"{name} cannot be {word!r}", hint=nearest(word, choices))
    return word


def json_text(name: str, document: object) -> str:
    """Returns a document as JSON."""
    try:
        return json.dumps(document, allow_nan=False, separators=(",", ":"))
    except TypeError as error:
        raise errors.TypeError(f"{name} cannot be written as JSON: {error}") from error
    except ValueError as error:
        raise ConfigError(f"{name} cannot be written as JSON: {error}") from error


def json_value(name: str, document: object) -> object:
    """Returns a document that can be written as JSON."""
    json_text(name, document)
    return document


def optional_json(name: str, document: object) -> str | None:
    return None if document is None else json_text(name, document)


def json_object(name: str, document: Mapping[str, Any]) -> str:
    return json_text(name, dict(_mapping(name, document)))


def json_members(name: str, document: Mapping[str, Any], members: Sequence[str]) -> str:
    """Returns an object as JSON that has only these members."""
    for member in _mapping(name, document):
        if member not in members:
            raise errors.TypeError(f"{name} has no member {member!r}. {nearest(member, members)}")
    return json_object(name, document)


def configuration(value: Mapping[str, object]) -> dict[str, str]:
    """Returns configuration values as strings, booleans as the contract writes them. ``None`` counts as not given."""
    given = _mapping("configuration", value)
    return {text("a key of configuration", key): _setting(key, each) for key, each in given.items() if each is not None}


def _setting(key: object, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, str):
        return str.__str__(value)
    raise wrong_type(f"configuration[{key!r}]", "a str, a bool or a number", value)


def nearest(word: str, words: Iterable[str]) -> str:
    """Suggests the nearest word, or lists all words."""
    lower = {each.lower(): each for each in words}
    found = difflib.get_close_matches(word.lower(), lower, n=1)
    return f"Did you mean {lower[found[0]]!r}?" if found else f"Use {', '.join(map(repr, words))}."


def _mapping(name: str, value: Mapping[str, T]) -> Mapping[str, T]:
    if not isinstance(value, Mapping):
        raise wrong_type(name, "a mapping", value)
    return value


def wrong_type(name: str, expected: str, value: object) -> errors.TypeError:
    return errors.TypeError(f"{name} must be {expected}, not {type(value).__name__}")

"""Exceptions, one class per kind, all derived from :class:`ElementKitError`.

Each has ``code`` (stable), ``message``, ``status`` (HTTP, if there was a response), ``provider_message`` (the vendor's
message), ``request_id`` (to quote to support), ``hint`` (what to do), ``retry_after`` (seconds), ``retryable``
(whether the same call may succeed later) and ``unreachable`` (whether no connection could be made, to the platform or
from it to the vendor, hosted and embedded alike: most often this device is offline).

A call that succeeded but contains a probable mistake, such as a misspelt field, issues an
:class:`ElementKitWarning` through the ``warnings`` module::

    warnings.simplefilter("error", ek.ElementKitWarning)    # or "ignore"
"""

from __future__ import annotations

import builtins
from typing import Any

# `TimeoutError` and `TypeError` are left out: `import *` must not replace the built-in ones.
__all__ = [
    "AuthenticationError",
    "ClosedError",
    "ConfigError",
    "ConflictError",
    "ConnectError",
    "DecodeError",
    "ElementKitError",
    "ElementKitWarning",
    "InternalError",
    "InvalidRequestError",
    "JobCancelledError",
    "JobFailedError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitedError",
    "ServerError",
    "StorageError",
    "TransportError",
    "UnsupportedError",
    "VendorError",
]


class ElementKitError(Exception):
    """The root of all errors of this package."""

    code = "internal"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        provider_message: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
        retry_after: float | None = None,
        retryable: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.provider_message = provider_message
        self.request_id = request_id
        self.hint = hint
        self.retry_after = retry_after
        self.retryable = retryable
        self.unreachable = unreachable

    def __str__(self) -> str:
        parts = [self.message]
        if self.provider_message:
            parts.append(f"vendor: {self.provider_message}")
        if self.request_id:
            parts.append(f"request id: {self.request_id}")
        if self.hint:
            parts.append(f"hint: {self.hint}")
        return "; ".join(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        members = {name: value for name, value in self.__dict__.items() if name != "message"}
        return (type(self), (self.message,), members)


# Classes of the kinds, generated from core.


class ConfigError(ElementKitError, ValueError):
    """An option, a setting or an argument cannot be used; nothing was sent."""

    code = "config"


class InvalidRequestError(ElementKitError, ValueError):
    """The platform rejected the request: a parameter, a query, a body or a script is wrong (400, 405, 406, 413, 415,
    416, 431).
    """

    code = "invalid_request"


class AuthenticationError(ElementKitError, PermissionError):
    """Credentials were refused (401): those of the platform or, with a provider message, those of the vendor."""

    code = "authentication"


class PermissionDeniedError(ElementKitError, PermissionError):
    """The credentials are right but do not allow this, or the instance is disabled (403)."""

    code = "permission_denied"


class NotFoundError(ElementKitError, LookupError):
    """The requested object does not exist (404)."""

    code = "not_found"


class ConflictError(ElementKitError):
    """The object already exists, or another one still refers to it (409)."""

    code = "conflict"


class RateLimitedError(ElementKitError):
    """The vendor's rate limit was exceeded (429); the error has the time to wait, if it is known."""

    code = "rate_limited"


class VendorError(ElementKitError, ConnectionError):
    """The vendor failed, could not be reached or sent an unreadable response (502)."""

    code = "vendor"


class TimeoutError(ElementKitError, builtins.TimeoutError):
    """No response in time (504, or a deadline of the client)."""

    code = "timeout"


class ServerError(ElementKitError):
    """The platform itself failed (500 and other 5xx)."""

    code = "server"


class ConnectError(ElementKitError, ConnectionError):
    """The platform could not be reached; nothing was sent."""

    code = "connect"


class TransportError(ElementKitError, ConnectionError):
    """The connection to the platform broke; a change may or may not have been made."""

    code = "transport"


class DecodeError(ElementKitError):
    """The platform's response could not be understood, or led elsewhere."""

    code = "decode"


class JobFailedError(ElementKitError):
    """A bulk job ended without success; resume it when the cause is resolved.

    ``status``, ``provider_message``, ``request_id`` and ``retry_after`` are those of the failure that ended it, as
    a live read would report them; ``retryable`` is whether resuming it may succeed without a change.
    """

    code = "job_failed"
    kind: str | None = None
    """The ``code`` of the error that a live read would raise, for instance ``rate_limited``."""
    phase: str | None = None
    """The phase the job was in, for instance ``reading``."""


class JobCancelledError(ElementKitError):
    """A bulk job was cancelled."""

    code = "job_cancelled"


class StorageError(ElementKitError, OSError):
    """The database, the vault or a file failed: full disk, read-only path, newer version, missing key."""

    code = "storage"


class UnsupportedError(ElementKitError):
    """This build or this platform lacks the feature."""

    code = "unsupported"


class ClosedError(ElementKitError):
    """The platform object was closed."""

    code = "closed"


class InternalError(ElementKitError):
    """A fault in ElementKit itself."""

    code = "internal"


# End of Classes of the kinds.


class TypeError(ConfigError, builtins.TypeError):
    """An argument has the wrong type, or is not known; nothing was sent."""


class ElementKitWarning(InvalidRequestError, UserWarning):
    """The platform ignored, adjusted or questions a part of a call that succeeded.

    ``code`` is stable, for instance ``unknown_field``; ``field`` is the field or parameter it is about, ``suggestion``
    the name that was probably meant. When a filter of the ``warnings`` module makes it an error, a bulk job that was
    started is cancelled.
    """

    def __init__(
        self, message: str, *, code: str = "other", field: str | None = None, suggestion: str | None = None
    ) -> None:
        super().__init__(message, hint=None if suggestion is None else f"Did you mean {suggestion!r}?")
        self.code = code
        self.field = field
        self.suggestion = suggestion


def _all(root: type[ElementKitError]) -> dict[str, type[ElementKitError]]:
    classes: dict[str, type[ElementKitError]] = {}
    for each in root.__subclasses__():
        classes[each.code] = each
    return classes


_CLASSES = _all(ElementKitError)


# Called by the native module.
def _from_native(  # pyright: ignore[reportUnusedFunction]
    code: str,
    message: str,
    status: int | None,
    provider_message: str | None,
    request_id: str | None,
    hint: str | None,
    retry_after: float | None,
    retryable: bool,
    unreachable: bool,
    failure: tuple[str, str] | None,
) -> ElementKitError:
    error = _CLASSES.get(code, InternalError)(
        message,
        status=status,
        provider_message=provider_message,
        request_id=request_id,
        hint=hint,
        retry_after=retry_after,
        retryable=retryable,
        unreachable=unreachable,
    )
    if failure is not None and isinstance(error, JobFailedError):
        error.kind, error.phase = failure
    if error.code != code:
        error.code = code
    return error

"""Verification of the callbacks of the platform."""

from __future__ import annotations

from . import _arguments as arguments
from ._native import verify_webhook


def verify(key: str, body: bytes, signature: str | None) -> bool:
    """Returns whether a callback was signed with this key; compares in constant time. Verify before parsing the body.

    Parameters
    ----------
    key
        The instance's ``event.notification.signature.key``.
    body
        The body as it was received.
    signature
        The header ``Elements-Webhook-Signature``; the result is ``False`` if it is missing.
    """
    if not isinstance(body, bytes):
        raise arguments.wrong_type("body", "bytes as they were received", body)
    return verify_webhook(arguments.text("key", key), body, arguments.optional_text("signature", signature))

"""Callbacks of the platform: was it really the platform that sent them?"""

from __future__ import annotations

from ._native import verify_webhook


def verify(key: str, body: bytes, signature: str | None) -> bool:
    """Whether a callback was signed with this key; compared in constant time. Verify before parsing the body.

    Parameters
    ----------
    key
        The instance's ``event.notification.signature.key``.
    body
        The body as it was received.
    signature
        The header ``Elements-Webhook-Signature``; False when it is missing.
    """
    return verify_webhook(key, body, signature)

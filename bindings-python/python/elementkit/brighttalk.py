"""BrightTALK, the first element: webinars and their audiences."""

from __future__ import annotations

from . import _arguments as arguments
from ._async import AsyncInstance, AsyncPlatform
from ._records import (
    Activity,
    Attachment,
    AttachmentAccessSummary,
    Channel,
    Contact,
    Registration,
    Survey,
    SurveyResponse,
    Viewing,
    Webcast,
)
from ._sync import Instance, Platform

__all__ = [
    "Activity",
    "Attachment",
    "AttachmentAccessSummary",
    "Channel",
    "Contact",
    "Registration",
    "Survey",
    "SurveyResponse",
    "Viewing",
    "Webcast",
    "connect",
    "connect_async",
]


def connect(
    platform: Platform,
    *,
    name: str | None = None,
    api_key: str | None = None,
    api_secret: str | None = None,
    staging: bool = False,
    keep_without_email: bool = False,
) -> Instance:
    """Returns the instance of this name with these credentials and settings; creates it if it does not exist.

    Parameters
    ----------
    platform
        The platform that has the instance.
    name
        The name of the instance, ``BrightTALK`` by default. Use a distinct name for each vendor account.
    api_key, api_secret
        The credentials; ``BRIGHTTALK_API_KEY`` and ``BRIGHTTALK_API_SECRET`` by default.
    staging
        Use the vendor's staging environment instead of production.
    keep_without_email
        Keep contacts without an email address in bulk results.
    """
    options = _options(name, api_key, api_secret, staging, keep_without_email)
    return platform.instances._connect_brighttalk(options)  # pyright: ignore[reportPrivateUsage]


async def connect_async(
    platform: AsyncPlatform,
    *,
    name: str | None = None,
    api_key: str | None = None,
    api_secret: str | None = None,
    staging: bool = False,
    keep_without_email: bool = False,
) -> AsyncInstance:
    """Connects as :func:`connect`, for asyncio."""
    options = _options(name, api_key, api_secret, staging, keep_without_email)
    return await platform.instances._connect_brighttalk(options)  # pyright: ignore[reportPrivateUsage]


def _options(
    name: str | None, key: str | None, secret: str | None, staging: bool, keep_without_email: bool
) -> dict[str, object]:
    return {
        "name": arguments.optional_text("name", name),
        "api_key": arguments.optional_text("api_key", key),
        "api_secret": arguments.optional_text("api_secret", secret),
        "staging": arguments.flag("staging", staging),
        "keep_without_email": arguments.flag("keep_without_email", keep_without_email),
    }

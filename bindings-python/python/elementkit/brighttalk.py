"""BrightTALK, the first element: webinars and their audiences."""

from __future__ import annotations

import os

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
from .errors import ConfigError

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
    name: str = "BrightTALK",
    api_key: str | None = None,
    api_secret: str | None = None,
    staging: bool = False,
    keep_without_email: bool = False,
) -> Instance:
    """The instance of this name, made when there is none, with these credentials and settings from now on.

    Parameters
    ----------
    platform
        Where.
    name
        The name of the instance. Another account of the vendor's is to have a name of its own.
    api_key, api_secret
        The credentials; ``BRIGHTTALK_API_KEY`` and ``BRIGHTTALK_API_SECRET`` when not given.
    staging
        The vendor's staging environment instead of production.
    keep_without_email
        Keeps contacts without an email address in bulk results.
    """
    configuration = _configuration(api_key, api_secret, staging, keep_without_email)
    return platform.instances.connect("brighttalk", name=name, configuration=configuration)


async def connect_async(
    platform: AsyncPlatform,
    *,
    name: str = "BrightTALK",
    api_key: str | None = None,
    api_secret: str | None = None,
    staging: bool = False,
    keep_without_email: bool = False,
) -> AsyncInstance:
    """As :func:`connect`, for asyncio."""
    configuration = _configuration(api_key, api_secret, staging, keep_without_email)
    return await platform.instances.connect("brighttalk", name=name, configuration=configuration)


def _configuration(key: str | None, secret: str | None, staging: bool, keep: bool) -> dict[str, object]:
    return {
        "brighttalk.api.key": key or _given("BRIGHTTALK_API_KEY"),
        "brighttalk.api.secret": secret or _given("BRIGHTTALK_API_SECRET"),
        "brighttalk.isstaging": staging,
        "brighttalk.bulkignore.emailnotpresent": not keep,
    }


def _given(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise ConfigError(f"the credentials are missing: {variable} is not set", hint=f"Give them, or set {variable}.")
    return value

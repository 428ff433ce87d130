"""Cloud Elements as a library: webinars and their audiences from BrightTALK.

Open a platform, connect an element, read its records or pull them in bulk::

    import elementkit as ek

    with ek.Platform.embedded("elementkit.db") as platform:
        bt = platform.instances.create("brighttalk", name="marketing", configuration={
            "brighttalk.api.key": key, "brighttalk.api.secret": secret})
        for channel in bt.records("channels"):
            print(channel["id"], channel["name"])
        job = bt.bulk.query("select * from contacts")
        job.wait()
        job.download("contacts.csv")

:class:`Platform` runs the engine in this process (``embedded``) or calls a platform on the network (``hosted``);
everything behind it is the same. :class:`AsyncPlatform` has the same methods for asyncio.
"""

from . import brighttalk
from ._async import AsyncBulk, AsyncInstance, AsyncInstances, AsyncJob, AsyncPlatform, AsyncRecords
from ._native import __version__
from ._sync import Bulk, Instance, Instances, Job, Platform, Records
from ._types import Page, Response
from .errors import (
    AuthenticationError,
    ClosedError,
    ConfigError,
    ConflictError,
    ConnectError,
    DecodeError,
    ElementKitError,
    InternalError,
    InvalidRequestError,
    JobCancelledError,
    JobFailedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    StorageError,
    TimeoutError,
    TransportError,
    UnsupportedError,
    VendorError,
)

__all__ = [
    "AsyncBulk",
    "AsyncInstance",
    "AsyncInstances",
    "AsyncJob",
    "AsyncPlatform",
    "AsyncRecords",
    "AuthenticationError",
    "Bulk",
    "ClosedError",
    "ConfigError",
    "ConflictError",
    "ConnectError",
    "DecodeError",
    "ElementKitError",
    "Instance",
    "Instances",
    "InternalError",
    "InvalidRequestError",
    "Job",
    "JobCancelledError",
    "JobFailedError",
    "NotFoundError",
    "Page",
    "PermissionDeniedError",
    "Platform",
    "RateLimitedError",
    "Records",
    "Response",
    "StorageError",
    "TimeoutError",
    "TransportError",
    "UnsupportedError",
    "VendorError",
    "__version__",
    "brighttalk",
]

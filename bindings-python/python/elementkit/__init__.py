"""Cloud Elements as a library: webinars and their audiences from BrightTALK.

Open a platform, connect an element, read its records or pull them in bulk::

    import elementkit as ek

    with ek.Platform.embedded("elementkit.db") as platform:
        bt = platform.instances.connect("brighttalk", name="marketing", configuration={
            "brighttalk.api.key": key, "brighttalk.api.secret": secret})
        for channel in bt.records("channels"):
            print(channel["id"], channel["name"])
        job = bt.bulk.query("select * from contacts")
        job.wait()
        job.download("contacts.csv")

:class:`Platform` runs the engine in this process (``embedded``) or calls a platform on the network (``hosted``);
everything else is the same. :class:`AsyncPlatform` has the same methods for asyncio.
"""

import logging

from . import brighttalk, ceql, webhook
from ._async import (
    AsyncBulk,
    AsyncCommonResources,
    AsyncDefinitions,
    AsyncElements,
    AsyncInstance,
    AsyncInstances,
    AsyncJob,
    AsyncLoopbackCallback,
    AsyncPlatform,
    AsyncRecords,
    AsyncSync,
    AsyncTransformations,
)
from ._native import __version__
from ._options import EmbeddedOptions, HostedOptions, QueryOptions, UploadOptions
from ._sync import (
    Bulk,
    CommonResources,
    Definitions,
    Elements,
    Instance,
    Instances,
    Job,
    LoopbackCallback,
    Platform,
    Records,
    Sync,
    Transformations,
)
from ._tables import ArrowStream
from ._types import CallAnswer, DefinitionReport, Finding, Grant, OauthUrl, Page, Response
from ._vault import VaultKeyProvider
from .ceql import Expression, field
from .errors import (
    AuthenticationError,
    ClosedError,
    ConfigError,
    ConflictError,
    ConnectError,
    DecodeError,
    ElementKitError,
    ElementKitWarning,
    InternalError,
    InvalidRequestError,
    JobCancelledError,
    JobFailedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    StorageError,
    TransportError,
    UnsupportedError,
    VendorError,
)

# Not in `__all__`: `import *` must not replace the built-in ones.
from .errors import TimeoutError as TimeoutError
from .errors import TypeError as TypeError

__all__ = [
    "ArrowStream",
    "AsyncBulk",
    "AsyncCommonResources",
    "AsyncDefinitions",
    "AsyncElements",
    "AsyncInstance",
    "AsyncInstances",
    "AsyncJob",
    "AsyncLoopbackCallback",
    "AsyncPlatform",
    "AsyncRecords",
    "AsyncSync",
    "AsyncTransformations",
    "AuthenticationError",
    "Bulk",
    "CallAnswer",
    "ClosedError",
    "CommonResources",
    "ConfigError",
    "ConflictError",
    "ConnectError",
    "DecodeError",
    "DefinitionReport",
    "Definitions",
    "ElementKitError",
    "ElementKitWarning",
    "Elements",
    "EmbeddedOptions",
    "Expression",
    "Finding",
    "Grant",
    "HostedOptions",
    "Instance",
    "Instances",
    "InternalError",
    "InvalidRequestError",
    "Job",
    "JobCancelledError",
    "JobFailedError",
    "LoopbackCallback",
    "NotFoundError",
    "OauthUrl",
    "Page",
    "PermissionDeniedError",
    "Platform",
    "QueryOptions",
    "RateLimitedError",
    "Records",
    "Response",
    "ServerError",
    "StorageError",
    "Sync",
    "Transformations",
    "TransportError",
    "UnsupportedError",
    "UploadOptions",
    "VaultKeyProvider",
    "VendorError",
    "__version__",
    "brighttalk",
    "ceql",
    "field",
    "webhook",
]

# The log is silent unless the program configures `logging.getLogger("elementkit")`.
logging.getLogger(__name__).addHandler(logging.NullHandler())

"""The asynchronous classes.

Each method makes one call of the native module.
"""

from .definitions import AsyncCommonResources, AsyncDefinitions, AsyncTransformations
from .elements import AsyncElements, AsyncLoopbackCallback
from .instance import AsyncInstance
from .jobs import AsyncBulk, AsyncJob
from .platform import AsyncInstances, AsyncPlatform
from .records import AsyncRecords
from .sync import AsyncSync

__all__ = [
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
]

"""The synchronous classes, generated from the others by tools/make_sync.py.

Each method makes one call of the native module.
"""

from .definitions import CommonResources, Definitions, Transformations
from .elements import Elements, LoopbackCallback
from .instance import Instance
from .jobs import Bulk, Job
from .platform import Instances, Platform
from .records import Records
from .sync import Sync

__all__ = [
    "Bulk",
    "CommonResources",
    "Definitions",
    "Elements",
    "Instance",
    "Instances",
    "Job",
    "LoopbackCallback",
    "Platform",
    "Records",
    "Sync",
    "Transformations",
]

"""Object definitions, transformations and common resources of the asynchronous platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import _arguments as arguments
from .._call import call
from .._native import NativeCommonResources, NativeDefinitions, NativeTransformations
from .._types import Json, Record


class AsyncDefinitions:
    """Object definitions of a level: custom shapes."""

    def __init__(self, native: NativeDefinitions) -> None:
        self._native = native

    async def list(self) -> dict[str, Record]:
        """Returns the definitions of the level by name."""
        return await call(self._native.list())

    async def get(self, name: str) -> Record:
        """Returns a definition; :class:`NotFoundError` if the level does not have it."""
        return await call(self._native.get(arguments.text("name", name)))

    async def create(self, name: str, definition: Mapping[str, Any]) -> Record:
        """Creates a definition, for instance ``{"fields": [{"path": "mail", "type": "string"}]}``."""
        pending = self._native.create(arguments.text("name", name), arguments.json_object("definition", definition))
        return await call(pending)

    async def replace(self, name: str, definition: Mapping[str, Any]) -> Record:
        """Replaces its fields."""
        pending = self._native.replace(arguments.text("name", name), arguments.json_object("definition", definition))
        return await call(pending)

    async def rename(self, name: str, new_name: str) -> None:
        """Renames it with its transformations at this level."""
        await call(self._native.rename(arguments.text("name", name), arguments.text("new_name", new_name)))

    async def delete(self, name: str) -> None:
        """Deletes it; :class:`ConflictError` while a transformation of the level uses it."""
        await call(self._native.delete(arguments.text("name", name)))


class AsyncTransformations:
    """Transformations of a level, which map shapes to the objects of an element."""

    def __init__(self, native: NativeTransformations) -> None:
        self._native = native

    async def list(self) -> dict[str, Record]:
        """Returns the transformations of the level by the name of their shape."""
        return await call(self._native.list())

    async def get(self, name: str) -> Record:
        """Returns the transformation of a shape."""
        return await call(self._native.get(arguments.text("name", name)))

    async def create(self, name: str, transformation: Mapping[str, Any]) -> Record:
        """Creates the transformation of a shape.

        For instance ``{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}]}``.
        """
        mapping = arguments.json_object("transformation", transformation)
        pending = self._native.create(arguments.text("name", name), mapping)
        return await call(pending)

    async def replace(self, name: str, transformation: Mapping[str, Any]) -> Record:
        """Replaces it."""
        mapping = arguments.json_object("transformation", transformation)
        pending = self._native.replace(arguments.text("name", name), mapping)
        return await call(pending)

    async def delete(self, name: str) -> None:
        """Deletes it."""
        await call(self._native.delete(arguments.text("name", name)))

    async def execute(self, name: str, payload: Json, *, to_vendor: bool = False) -> Json:
        """Returns a record, or a list of them, as mapped by the transformation, without calling the vendor."""
        record, backwards = arguments.json_text("payload", payload), arguments.flag("to_vendor", to_vendor)
        return await call(self._native.execute(arguments.text("name", name), record, backwards))


class AsyncCommonResources:
    """Shapes as the result of all levels."""

    def __init__(self, native: NativeCommonResources) -> None:
        self._native = native

    async def list(self) -> list[Record]:
        """Returns the common resources that the caller sees."""
        return await call(self._native.list())

    async def get(self, name: str) -> Record:
        """Returns a common resource."""
        return await call(self._native.get(arguments.text("name", name)))

    async def save(self, resource: Mapping[str, Any]) -> Record:
        """Creates or replaces a common resource by its ``name``."""
        return await call(self._native.save(arguments.json_object("resource", resource)))

    async def rename(self, name: str, new_name: str) -> None:
        """Renames it."""
        await call(self._native.rename(arguments.text("name", name), arguments.text("new_name", new_name)))

    async def delete(self, name: str) -> None:
        """Deletes it."""
        await call(self._native.delete(arguments.text("name", name)))

"""Vault keys that the program stores."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from . import _arguments as arguments


class VaultKeyProvider(Protocol):
    """Stores the keys of databases under names, in a secret manager or another safe store.

    A database records the name of its key; the engine generates the key and never overwrites one. The methods are
    called on another thread, while the call that needs the key waits.
    """

    def load(self, name: str) -> bytes | None:
        """Returns the 32 bytes stored under this name, or ``None``."""
        ...

    def store(self, name: str, key: bytes) -> None:
        """Stores a new key under this name. It is needed as long as the database is used."""
        ...


class Watched:
    """A provider whose exception is kept as the cause of the package's exception."""

    def __init__(self, provider: VaultKeyProvider) -> None:
        self._provider = provider
        self.exception: BaseException | None = None

    def load(self, name: str) -> bytes | None:
        with self._watching():
            key = self._provider.load(name)
            if key is not None and not isinstance(key, bytes):
                raise arguments.wrong_type("a key of the provider", "bytes", key)
            return key

    def store(self, name: str, key: bytes) -> None:
        with self._watching():
            self._provider.store(name, key)

    @contextmanager
    def _watching(self) -> Generator[None, None, None]:
        try:
            yield
        except BaseException as exception:
            self.exception = exception
            raise


def watched(keys: bytes | VaultKeyProvider | None) -> bytes | Watched | None:
    """Returns the keys in the form of the native module."""
    if keys is None or isinstance(keys, bytes):
        return keys
    if not hasattr(keys, "load") or not hasattr(keys, "store"):
        raise arguments.wrong_type("vault_keys", "32 bytes, or an object with load and store", keys)
    return Watched(keys)

"""Keeps the vault key outside of the folder of the database."""

# show
import secrets
from pathlib import Path

import elementkit as ek


class Keys:
    """Stores keys in a folder; use a secret manager instead."""

    folder = Path("keys")

    def load(self, name: str) -> bytes | None:
        file = self.folder / name
        return file.read_bytes() if file.exists() else None

    def store(self, name: str, key: bytes) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / name).write_bytes(key)


with ek.Platform.embedded("sealed.db", vault_keys=Keys()) as platform:
    print(platform.instances.count())

with ek.Platform.embedded("other.db", vault_keys=secrets.token_bytes(32)) as platform:  # or one key of your own
    print(platform.instances.count())
# end

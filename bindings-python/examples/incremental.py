"""A service that repeatedly pulls changes. It may be stopped at any time and continues where it stopped.

Run it against a sandbox: ``elementkit sandbox`` prints the URL for ``ELEMENTKIT_BRIGHTTALK_URL``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import elementkit as ek

PAUSE_SECONDS = 0.2


async def main(folder: Path, pulls: int) -> None:
    url = os.environ.get("ELEMENTKIT_BRIGHTTALK_URL")
    kept = folder / "contacts.state"
    async with await ek.AsyncPlatform.embedded(folder / "elementkit.db", brighttalk_url=url) as platform:
        bt = await ek.brighttalk.connect_async(platform)
        for number in range(1, pulls + 1):
            state = kept.read_text(encoding="utf-8") if kept.exists() else None
            pull = await bt.sync("contacts", state)
            rows = 0
            async for batch in pull.batches():
                rows += len(batch)  # Upsert them by `id` here.
            # Stored last: a state must never be ahead of the rows.
            kept.write_text(await pull.state(), encoding="utf-8")
            print(f"pull {number}: {rows} contacts", flush=True)
            await asyncio.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "."), int(sys.argv[2]) if len(sys.argv) > 2 else 1))

"""Plots how long people watched, live and recorded, by channel: ``engagement.png``.

Run it against a sandbox: ``elementkit sandbox`` prints the URL for ``ELEMENTKIT_BRIGHTTALK_URL``.
"""

# matplotlib's own types are not complete.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path

import elementkit as ek
import matplotlib.pyplot as plt


def main(folder: Path) -> None:
    url = os.environ.get("ELEMENTKIT_BRIGHTTALK_URL")
    with ek.Platform.embedded(folder / "elementkit.db", brighttalk_url=url) as platform:
        bt = ek.brighttalk.connect(platform)
        names = {channel["id"]: channel["name"] or "" for channel in bt.records("channels")}
        job = bt.bulk.query("select channelId, liveViewingDuration, recordedViewingDuration from activities")
        job.wait()
        hours: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for batch in job.batches():
            for row in batch:
                hours[row["channelId"]][0] += (row["liveViewingDuration"] or 0) / 3600
                hours[row["channelId"]][1] += (row["recordedViewingDuration"] or 0) / 3600
    labels = [names[channel] for channel in hours]
    live, recorded = [sum(each[:1]) for each in hours.values()], [each[1] for each in hours.values()]
    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    axes.barh(labels, live, label="live")
    axes.barh(labels, recorded, left=live, label="recorded")
    axes.set_xlabel("hours watched")
    axes.legend()
    figure.savefig(folder / "engagement.png")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))

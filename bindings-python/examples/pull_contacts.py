"""Pulls every contact into a CSV and counts them by country.

Run it against a sandbox: ``elementkit sandbox`` prints the URL for ``ELEMENTKIT_BRIGHTTALK_URL``.
"""

from __future__ import annotations

import csv
import os
import sys
from collections import Counter
from pathlib import Path

import elementkit as ek


def main(folder: Path) -> None:
    url = os.environ.get("ELEMENTKIT_BRIGHTTALK_URL")
    with ek.Platform.embedded(folder / "elementkit.db", brighttalk_url=url) as platform:
        bt = ek.brighttalk.connect(platform)
        job = bt.bulk.query("select id, email, country from contacts")
        job.wait()
        job.download(folder / "contacts.csv")
        print(f"{job.report()['rowsWritten']} contacts")
    with open(folder / "contacts.csv", newline="", encoding="utf-8") as file:
        countries = Counter(row["country"] for row in csv.DictReader(file))
    for country, count in countries.most_common(3):
        print(f"{count:6} {country}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))

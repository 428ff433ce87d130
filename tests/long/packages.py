"""Memory of a Python process: many calls, then a large result written into a file. See packages.sh."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import elementkit as ek

WARM_UP = 1000


def now_mib() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def main(calls: int, allowed: float) -> None:
    url = os.environ["ELEMENTKIT_BRIGHTTALK_URL"]
    with (
        tempfile.TemporaryDirectory() as folder,
        ek.Platform.embedded(Path(folder) / "test.db", brighttalk_url=url) as platform,
    ):
        bt = ek.brighttalk.connect(platform, api_key="1", api_secret="0123456789ABCDEF0123456789ABCDEF")
        contacts = bt.records("channels/1001/contacts", page_size=10)

        def call(times: int) -> None:
            for number in range(times):
                if number % 2:
                    contacts.page()
                else:
                    bt.objects()

        call(WARM_UP)
        before = now_mib()
        started = time.monotonic()
        call(calls)
        after = now_mib()
        print(
            f"python  {calls} calls in {time.monotonic() - started:.0f} s:"
            f" {before:.1f} MiB before, {after:.1f} MiB after"
        )
        job = bt.bulk.query("select * from contacts")
        job.wait()
        idle = now_mib()
        started = time.monotonic()
        peak = idle
        size = 0
        for chunk in job.stream("jsonl"):
            size += len(chunk)
            peak = max(peak, now_mib())
        written = job.download(Path(folder) / "contacts.jsonl")
        file = now_mib()
        print(
            f"python  {size / 1e9:.2f} GB streamed, {written / 1e9:.2f} GB into a file,"
            f" in {time.monotonic() - started:.0f} s:"
            f" {idle:.1f} MiB before, {peak:.1f} MiB at most in the stream, {file:.1f} MiB after the file"
        )
    if max(after - before, peak - idle, file - idle) > allowed:
        sys.exit(f"python: memory grew by more than {allowed} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))

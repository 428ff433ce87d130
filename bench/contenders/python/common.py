"""Shared code of the Python contenders: arguments, columns, and how channels are spread over connections."""

import argparse
from concurrent.futures import ThreadPoolExecutor

AUTH = ("1", "secret")
COLUMNS = (
    "id lastSubscribed unsubscribed embedUrl embedTrack userId email realmId realmUserId firstName lastName phone "
    "jobTitle level companyName companySize industry country stateProvince"
).split()
# Elements of a subscriber's `user` that are columns under their own name.
USER = COLUMNS[8:] + ["email"]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--ca")
    parser.add_argument("--output")
    parser.add_argument("--concurrency", type=int, default=1)
    return parser.parse_args()


def each_channel(work, channels, concurrency):
    """Runs the work of each channel, with limited concurrency."""
    if concurrency == 1:
        for channel in channels:
            work(channel)
        return
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(work, channels))

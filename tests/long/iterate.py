"""Cost of iterating over hosted records in Python, compared with decoding the same pages with orjson. See sizes.sh."""

from __future__ import annotations

import time
from collections.abc import Callable

import elementkit as ek
import orjson

LIST = "channels/1001/contacts"
PAGE = 1000


def cpu(work: Callable[[], int]) -> tuple[int, float]:
    """Returns the count of the work, and CPU seconds of the whole process."""
    started = time.process_time()
    return work(), time.process_time() - started


def main() -> None:
    with ek.Platform.hosted() as platform:
        bt = ek.brighttalk.connect(platform, api_key="1", api_secret="0123456789ABCDEF0123456789ABCDEF")
        bodies: list[bytes] = []
        token: str | None = None
        while not bodies or token:
            query = {"pageSize": str(PAGE)} | ({"nextPage": token} if token else {})
            bodies.append(platform.request("GET", f"hubs/marketing/{LIST}", query=query, token=bt.token).content)
            token = bt.records(LIST, page_size=PAGE).page(token).next
        count, floor = cpu(lambda: sum(1 for body in bodies for _ in orjson.loads(body)))
        own, taken = cpu(lambda: sum(1 for _ in bt.records(LIST, page_size=PAGE)))
        assert own == count
        print(
            f"python  {count} hosted records: {taken / count * 1e6:.2f} µs of CPU each with fetching,"
            f" orjson.loads alone {floor / count * 1e6:.2f} µs: {taken / floor:.2f} times"
        )


if __name__ == "__main__":
    main()

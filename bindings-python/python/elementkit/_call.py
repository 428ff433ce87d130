"""Making a call of the native module: waiting for it, or awaiting it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from ._native import Pending

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Iterator

    from ._native import NativePages
    from ._types import Record

T = TypeVar("T")


async def call(pending: Pending[T]) -> T:
    """Makes a call; cancelling the task drops it with whatever it does at the vendor."""
    # Half of the package's import time; who awaits has imported it anyway.
    import asyncio

    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(answer: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(answer)
        else:
            future.set_exception(error)

    def done(answer: Any, error: BaseException | None) -> None:
        loop.call_soon_threadsafe(settle, answer, error)

    started = pending.start(done)
    try:
        return await future
    except asyncio.CancelledError:
        started.cancel()
        raise


def wait(pending: Pending[T]) -> T:
    """Makes a call; other threads run meanwhile, and Ctrl-C ends it."""
    return pending.wait()


async def call_each(pages: NativePages) -> AsyncIterator[Record]:
    """The records of pages, one by one."""
    while (page := await call(pages.next())) is not None:
        for record in page[0]:
            yield record


def wait_each(pages: NativePages) -> Iterator[Record]:
    """The records of pages, one by one. Nothing of Python's own runs for a record, and a page is let go before the next
    is made, which then takes its memory."""
    return chain.from_iterable(map(_records_of, iter(lambda: wait(pages.next()), None)))


def _records_of(page: tuple[list[Record], Any, Any, Any]) -> list[Record]:
    return page[0]

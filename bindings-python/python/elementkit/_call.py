"""Making a call of the native module: waiting for it, or awaiting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ._native import Pending

if TYPE_CHECKING:
    import asyncio

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

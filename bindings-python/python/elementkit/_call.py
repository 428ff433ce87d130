"""Calls of the native module, blocking or awaited."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from ._native import NativeJob, NativeSync, Pending
from .errors import ElementKitError, ElementKitWarning

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Iterator
    from types import FrameType

    from ._native import NativePages

T = TypeVar("T")


async def call(pending: Pending[T]) -> T:
    """Makes a call; cancelling the task drops it with its calls to the vendor."""
    # Importing asyncio takes half of the package's import time; code that awaits has imported it anyway.
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
        answer = await future
    finally:
        # Ends the call if it was cancelled, closed or interrupted; has no effect on a call that has ended.
        started.cancel()
    try:
        _report(pending)
    except BaseException:
        if (job := _started_job(answer)) is not None:
            with suppress(ElementKitError):
                await call(job.cancel())
        raise
    return answer


def wait(pending: Pending[T]) -> T:
    """Makes a call; other threads run meanwhile, and an exception such as that of Ctrl-C ends it."""
    answer = pending.wait()
    try:
        _report(pending)
    except BaseException:
        if (job := _started_job(answer)) is not None:
            with suppress(ElementKitError):
                wait(job.cancel())
        raise
    return answer


def _report(pending: Pending[Any]) -> None:
    """Issues the warnings of the platform, at the caller's line."""
    seen = pending.warnings()
    if not seen:
        return
    level = 1
    frame: FrameType | None = sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame is not None and _is_of_package(frame):
        level, frame = level + 1, frame.f_back
    for code, message, field, suggestion in seen:
        warnings.warn(ElementKitWarning(message, code=code, field=field, suggestion=suggestion), stacklevel=level)


def _is_of_package(frame: FrameType) -> bool:
    package: str = frame.f_globals.get("__package__") or ""
    return package.partition(".")[0] == __package__


def _started_job(answer: object) -> NativeJob | None:
    """Returns the job that a call has started. It is cancelled if a warning is made an error."""
    return answer.job() if isinstance(answer, NativeSync) else answer if isinstance(answer, NativeJob) else None


def checkpoint() -> None:
    """Does nothing. The interpreter raises pending exceptions of a thread when a function begins, so the native module
    calls this one while it waits."""


async def call_each(pages: NativePages) -> AsyncIterator[Any]:
    """Iterates over the records of pages."""
    while (page := await call(pages.next())) is not None:
        for record in page[0]:
            yield record


def wait_each(pages: NativePages) -> Iterator[Any]:
    """Iterates over the records of pages.

    No Python code runs per record, and a part is released before the next one, which reuses its memory, is made.
    """
    return chain.from_iterable(map(_records_of, iter(lambda: wait(pages.next()), None)))


def _records_of(page: tuple[list[Any], Any, Any, Any]) -> list[Any]:
    return page[0]

"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

__all__ = ["SLACK", "until", "until_async"]


SLACK = 4.0
"""By how much a promised time may be exceeded in a test: the machine is shared. Whether the promise itself is kept, `benchmarks/` measures."""


def until(condition: Callable[[], object], what: str, seconds: float = 30.0, *, every: float = 0.01) -> None:
    """Return when `condition` is true; it is looked at so often.

    Raises:
        AssertionError: it did not come true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(every)


async def until_async(condition: Callable[[], object | Awaitable[object]], what: str, seconds: float = 30.0) -> None:
    """Return when `condition`, which may be a coroutine function, is true.

    Raises:
        AssertionError: it did not come true in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        result: object = condition()
        if inspect.isawaitable(result):
            result = await result
        if result:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(0.01)

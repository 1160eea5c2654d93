"""A service whose part ends says why and ends with status 1, whichever way the part ends; a stop that was asked for ends it with 0."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine, Iterator

import pytest

from windsock.shared.runtime import Service


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """A service sets the garbage collector for itself; the tests that come later have theirs back."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


async def lasts() -> None:
    await asyncio.Event().wait()


async def returns() -> None:
    pass


async def fails() -> None:
    raise OSError("the disk is on fire")


@pytest.mark.parametrize(
    ("part", "why"),
    [(returns, "the part ended, and should not have"), (fails, "the part died: OSError('the disk is on fire')")],
)
async def test_a_part_that_ends_ends_the_service(
    part: Callable[[], Coroutine[object, object, None]], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service("test", 5.0)
    service.spawn("the other", lasts())
    service.spawn("the part", part())
    assert await service.run() == 1
    assert why in caplog.messages


async def test_a_part_that_is_cancelled_ends_the_service(caplog: pytest.LogCaptureFixture) -> None:
    service = Service("test", 5.0)
    task = service.spawn("the part", lasts())
    asyncio.get_running_loop().call_soon(task.cancel)
    assert await service.run() == 1
    assert "the part was cancelled, and should not have been" in caplog.messages


async def test_what_is_stopped_in_order_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    service = Service("test", 5.0)
    stopped: list[str] = []
    task = service.spawn("the part", lasts())

    async def stop(name: str) -> None:
        stopped.append(name)
        task.cancel()

    service.on_stop("sources", lambda: stop("sources"))
    service.on_stop("sinks", lambda: stop("sinks"))
    asyncio.get_running_loop().call_soon(service.stop)
    assert await service.run() == 0
    assert stopped == ["sources", "sinks"]
    assert task.cancelled()


async def test_a_part_that_will_not_stop_is_left_behind_at_the_deadline(caplog: pytest.LogCaptureFixture) -> None:
    service, cancelled = Service("test", 0.2), asyncio.Event()

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                if final.is_set():
                    raise

    final = asyncio.Event()
    task = service.spawn("stubborn", stubborn())
    service.on_stop("a stop that hangs", lasts)
    service.stop()
    assert await service.run() == 0
    assert cancelled.is_set()
    assert not task.done()
    assert "stopping a stop that hangs took too long" in caplog.messages
    final.set()
    task.cancel()
    await asyncio.wait([task])

"""A camera that is changed while it is held: the worker takes the new one, also if it did not hear of it, or could not ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from kit.feeds import register
from kit.holding import holding
from kit.video import Watcher
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import Code, WindsockError
from windsock.shared.feeds import Feed, FeedStore
from windsock.shared.settings import Settings
from windsock.video import runner
from windsock.video.guard import Guard
from windsock.video.options import Ladder
from windsock.video.runner import Tools
from windsock.video.tls import Authorities
from windsock.video.worker import Worker


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(video_test_feeds=True)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[FeedStore]:
    broker = RedisBroker(settings, "video")
    yield FeedStore(broker)
    await broker.close()


@pytest.fixture
async def worker(settings: Settings, store: FeedStore) -> AsyncIterator[Worker]:
    """One that hears nothing but what a test tells it."""
    with ThreadPoolExecutor(2) as pool:
        made = Worker(Tools(settings, store, Guard(settings), pool, Ladder(), Authorities(None)))
        tasks = [asyncio.create_task(made.run()), asyncio.create_task(made.renew())]
        yield made
        await made.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def frames(watcher: Watcher, epoch: int) -> int:
    return sum(frame.epoch == epoch for _, frame in watcher.frames)


async def watched(worker: Worker, watcher: Watcher) -> int:
    """Until the first camera is shown, and somebody has looked again. Its epoch."""
    await until_async(lambda: watcher.frames, "pictures")
    epoch = watcher.frames[0][1].epoch
    worker.received("wake", b"door")
    before = frames(watcher, epoch)
    await until_async(lambda: frames(watcher, epoch) > before + 5, "it goes on")
    return epoch


async def test_what_changed_while_nothing_was_heard_is_taken_up(settings: Settings, worker: Worker) -> None:
    await register(settings, door="test://one")
    async with Watcher(settings, ("door", "jpeg")) as watcher:
        first = await watched(worker, watcher)
        worker.disconnected("the line broke")
        await register(settings, door="test://two")
        worker.connected()
        await until_async(lambda: watcher.frames[-1][1].epoch > first, "the other camera is shown")


async def test_what_could_not_be_looked_up_is_looked_up_again(
    settings: Settings, worker: Worker, store: FeedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(settings, door="test://one")
    async with Watcher(settings, ("door", "jpeg")) as watcher:
        first = await watched(worker, watcher)
        feed, failures = store.feed, 0

        async def fails_once(stream: str) -> Feed | None:
            nonlocal failures
            failures += 1
            if failures == 1:
                raise WindsockError(Code.UNAVAILABLE, "the broker is away")
            return await feed(stream)

        monkeypatch.setattr(store, "feed", fails_once)
        await register(settings, door="test://two")
        worker.received("wake", b"door")
        await until_async(lambda: watcher.frames[-1][1].epoch > first, "the other camera is shown")
        assert failures > 1


async def test_what_is_being_opened_when_nobody_wants_it_any_more_is_closed(
    settings: Settings, store: FeedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, may_open, closed = threading.Event(), threading.Event(), threading.Event()

    class Webcam:
        def close(self) -> None:
            closed.set()

    def open_slowly(*_: object) -> Webcam:
        opening.set()
        may_open.wait(20)
        return Webcam()

    monkeypatch.setattr(runner, "open_source", open_slowly)
    with ThreadPoolExecutor(2) as pool:
        async with holding(settings, store, pool, Ladder(), "test://one"):
            await until_async(opening.is_set, "it is being opened")
        may_open.set()
        await until_async(closed.is_set, "it is closed")

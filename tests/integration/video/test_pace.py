"""A feed whose worker has too little time, without one that is busy: its pictures take as long as the test says, and its panel is told what comes of it."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest
from kit.holding import holding
from kit.scripted_camera import ScriptedCamera, make_clip
from kit.video import Watcher
from kit.waiting import until_async
from typing_extensions import override

from windsock.shared.broker import RedisBroker
from windsock.shared.feeds import FeedStore, Frame
from windsock.shared.settings import Settings
from windsock.video.options import Ladder
from windsock.video.runner import Runner

pytestmark = pytest.mark.timeout(120)


class SlowPool(ThreadPoolExecutor):
    """Each job takes longer by so much, as on a machine that others use."""

    seconds = 0.0

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def slow() -> Any:
            time.sleep(self.seconds)
            return fn(*args, **kwargs)

        return super().submit(slow)


class SlowStore(FeedStore):
    """Each frame takes longer by so much to be published, as over a line that carries less."""

    seconds = 0.0

    @override
    async def publish(self, frame: Frame, ttl_ms: int) -> bool:
        await asyncio.sleep(self.seconds)
        return await super().publish(frame, ttl_ms)


class Held:
    """A feed that is held and watched here."""

    def __init__(self, runner: Runner, pool: SlowPool, store: SlowStore, ladder: Ladder, watcher: Watcher) -> None:
        self.runner = runner
        self.pool = pool
        self.store = store
        self.ladder = ladder
        self.watcher = watcher

    def why(self) -> str:
        """What its panel has to say beside its pictures."""
        last = self.watcher.last("door")
        return "" if last is None or last.state.value != "live" else f"{last.code} {last.why}".strip()


@asynccontextmanager
async def held(settings: Settings, url: str, fps: float) -> AsyncGenerator[Held]:
    broker = RedisBroker(settings, "video")
    store, ladder = SlowStore(broker), Ladder()
    with SlowPool(2) as pool:
        async with (
            holding(settings, store, pool, ladder, url, fps=fps) as runner,
            Watcher(settings, ("door", "jpeg"), begin=False) as watcher,
        ):
            await until_async(lambda: len(watcher.frames) >= 5, "pictures", 30)
            yield Held(runner, pool, store, ladder, watcher)
    await broker.close()


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(video_networks="127.0.0.0/8", video_test_feeds=True)


FEW = re.compile(r"squeezed this machine is busy: about (\S+) pictures a second instead of (\d+)$")


async def test_pictures_that_take_too_long_are_told_of_and_no_more_when_they_are_quick_again(
    settings: Settings,
) -> None:
    async with ScriptedCamera(fps=25) as camera:
        url = f"rtsp://127.0.0.1:{camera.port}/live"
        async with held(settings, url, 25) as feed:
            feed.pool.seconds = 0.15
            await until_async(lambda: FEW.match(feed.why()), f"it is told, not {feed.why()!r}", 30)
            found = FEW.match(feed.why())
            assert found is not None
            assert 1 < float(found[1]) <= 7
            assert feed.ladder.level == 0, "that is another matter"
            feed.pool.seconds = 0.0
            await until_async(lambda: feed.why() == "", "no more", 30)
            codes = [state.code for _, state in feed.watcher.states if state.state.value == "live"]
            assert len([1 for one, other in itertools.pairwise(codes) if one != other]) == 2, "it flickers"


async def test_a_camera_that_sends_few_pictures_is_no_busy_machine(settings: Settings) -> None:
    """The control is the other test: what is told there is not told here, of pictures that take as long."""
    async with ScriptedCamera(fps=3) as camera:
        url = f"rtsp://127.0.0.1:{camera.port}/live"
        async with held(settings, url, 25) as feed:
            feed.pool.seconds = 0.15
            before = len(feed.watcher.frames)
            await until_async(lambda: len(feed.watcher.frames) - before >= 45, "fifteen seconds of pictures", 60)
            assert {state.code for _, state in feed.watcher.states} <= {"", "waiting"}
            # What it sends is also what fewer are fewer than.
            feed.ladder.level = 1
            await until_async(feed.why, "it is told")
            assert re.fullmatch(r"squeezed this machine is busy: 1\.5 pictures a second instead of 3", feed.why())


async def test_of_a_small_camera_smaller_pictures_are_smaller_than_its_own(settings: Settings) -> None:
    async with (
        ScriptedCamera(make_clip(width=640, height=360), fps=25) as camera,
        held(settings, f"rtsp://127.0.0.1:{camera.port}/live", 10) as feed,
    ):
        feed.ladder.level = 4
        await until_async(lambda: "lines" in feed.why(), "it is told")
        assert feed.why().endswith("180 lines instead of 360")
        await until_async(lambda: feed.watcher.frames[-1][1].height == 180, "it is so", 20)


async def test_a_line_to_the_broker_that_carries_too_little_is_not_called_a_busy_machine(settings: Settings) -> None:
    async with ScriptedCamera(fps=25) as camera, held(settings, f"rtsp://127.0.0.1:{camera.port}/live", 25) as feed:
        feed.store.seconds = 0.3
        await until_async(feed.why, "it is told", 30)
        assert re.fullmatch(
            r"squeezed the broker takes pictures slowly: about \S+ pictures a second instead of 25", feed.why()
        )


async def test_a_pattern_that_is_drawn_too_slowly_is_told_of(settings: Settings) -> None:
    async with held(settings, "test://door", 20) as feed:
        feed.pool.seconds = 0.2
        await until_async(lambda: FEW.match(feed.why()), "it is told", 30)
        assert feed.why().endswith("instead of 20")

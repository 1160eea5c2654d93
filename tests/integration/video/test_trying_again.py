"""When a camera that was lost is tried again: soon if it had worked, at once if somebody comes to see it, ever more seldom otherwise."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from kit.holding import holding
from kit.scripted_camera import ScriptedCamera
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.feeds import FeedStore
from windsock.shared.settings import Settings
from windsock.video import runner as module
from windsock.video.options import Ladder
from windsock.video.runner import Runner

NEVER = 600.0


class Lost(ScriptedCamera):
    """Leaves whoever watches it after some pictures."""

    @property
    def visits(self) -> int:
        """How often somebody came."""
        return self.methods().count("PLAY")


@asynccontextmanager
async def held(settings: Settings, *, pictures: int) -> AsyncGenerator[tuple[Lost, Runner]]:
    broker = RedisBroker(settings, "video")
    with ThreadPoolExecutor(2) as pool:
        async with (
            Lost(fps=100, leaves_after=pictures) as camera,
            holding(settings, FeedStore(broker), pool, Ladder(), f"rtsp://127.0.0.1:{camera.port}/live") as runner,
        ):
            yield camera, runner
    await broker.close()


@pytest.fixture
def settings(make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(module, "FIRST_BACKOFF", 0.05)
    monkeypatch.setattr(module, "MOST_BACKOFF", NEVER)
    monkeypatch.setattr(module, "SOUND_SECONDS", 0.1)
    return make_settings(video_networks="127.0.0.0/8")


async def test_a_camera_that_had_worked_is_tried_again_soon_each_time(settings: Settings) -> None:
    async with held(settings, pictures=30) as (camera, _):
        # By waits that double, this would take a minute.
        await until_async(lambda: camera.visits >= 12, "it is asked again and again")


async def test_a_camera_that_leaves_at_once_is_tried_ever_more_seldom(settings: Settings) -> None:
    async with held(settings, pictures=1) as (camera, _):
        await until_async(lambda: camera.visits >= 5, "it is tried")
        began = time.monotonic()
        await until_async(lambda: camera.visits >= 7, "and again")
        assert time.monotonic() - began > 1.0, "with the waits that are due by now: 0.8 and 1.6 s, less a half at most"


async def test_whoever_comes_to_see_a_camera_that_was_lost_need_not_wait_until_it_is_due(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_BACKOFF", NEVER)
    async with held(settings, pictures=1) as (camera, runner):
        for visits in (1, 2, 3):
            await until_async(lambda visits=visits: camera.visits == visits and not camera.open, "it leaves")
            runner.kinds = frozenset()
            runner.kinds = frozenset({"jpeg"})
        await until_async(lambda: camera.visits == 4, "each time somebody came")

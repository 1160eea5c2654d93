"""A runner that ends by a fault of ours: its feed begins again by itself, under another epoch, so that nobody takes its first frames for old ones."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from kit.feeds import register
from kit.scripted_camera import ScriptedCamera
from kit.video import Watcher
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.feeds import FeedStore, Kind
from windsock.shared.settings import Settings
from windsock.video.guard import Guard
from windsock.video.options import Ladder
from windsock.video.pace import Pace
from windsock.video.runner import Tools
from windsock.video.tls import Authorities
from windsock.video.worker import Worker

KINDS: tuple[Kind, ...] = ("jpeg", "video")


async def test_a_feed_whose_runner_crashed_goes_on_under_another_epoch(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make_settings(video_networks="127.0.0.0/8")
    crashes = asyncio.Event()
    look = Pace.look

    def look_or_crash(self: Pace, *arguments: float, **named: bool) -> None:
        if crashes.is_set():
            crashes.clear()
            raise RuntimeError("a fault of ours")
        look(self, *arguments, **named)

    monkeypatch.setattr(Pace, "look", look_or_crash)
    async with ScriptedCamera(fps=25) as camera:
        await register(settings, door=f"rtsp://127.0.0.1:{camera.port}/live")
        broker = RedisBroker(settings, "video")
        with ThreadPoolExecutor(2) as pool:
            store = FeedStore(broker)
            worker = Worker(Tools(settings, store, Guard(settings), pool, Ladder(), Authorities(None)))
            tasks = [asyncio.create_task(worker.run()), asyncio.create_task(worker.renew())]
            wishes: list[tuple[str, Kind]] = [("door", kind) for kind in KINDS]
            async with Watcher(settings, *wishes) as watcher:
                await until_async(lambda: all(len(watcher.of("door", kind)) >= 10 for kind in KINDS), "frames", 30)
                first = watcher.frames[-1][1].epoch
                with caplog.at_level(logging.ERROR):
                    crashes.set()
                    await until_async(lambda: "should not have" in caplog.text, "it ended")
                await until_async(lambda: worker.held == {}, "it is let go of")
                await until_async(
                    lambda: all(watcher.of("door", kind)[-1][1].epoch > first for kind in KINDS), "frames again", 40
                )
                await until_async(lambda: camera.open == 1, "the old connection is gone")
                for kind in KINDS:
                    places = [(frame.epoch, frame.seq) for _, frame in watcher.of("door", kind)]
                    assert places == sorted(set(places)), "a frame came twice, or late"
                    [again] = [later for earlier, later in itertools.pairwise(places) if earlier[0] != later[0]]
                    assert again == (first + 1, 1)
            await worker.close()
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await broker.close()

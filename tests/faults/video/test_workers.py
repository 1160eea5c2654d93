"""Workers that die or freeze: another takes over, and never do two send for one feed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.camera import GstCamera
from kit.feeds import register
from kit.video import VideoProcess, Watcher
from kit.waiting import until_async

from windsock.shared.settings import Settings

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(90)]

LEASE = 2.0


def the_owner(workers: list[VideoProcess]) -> VideoProcess:
    """Who has the camera's connection, by its log."""
    [owner] = [worker for worker in workers if "feed 'door' is live" in worker.log.read_text()]
    return owner


async def test_the_picture_is_back_soon_after_its_worker_was_killed(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    with (
        GstCamera("--gop", "5") as camera,
        VideoProcess(settings.redis_url, tmp_path / "a", video_lease=LEASE) as one,
        VideoProcess(settings.redis_url, tmp_path / "b", video_lease=LEASE) as two,
    ):
        await register(settings, door=camera.url())
        async with Watcher(settings, ("door", "jpeg")) as watcher:
            owners: list[bytes] = []

            async def observe() -> None:
                key = watcher.store.keys.feed_owner("door")
                while True:
                    (owner,) = await watcher.broker.call(("GET", key))
                    if owner is not None and owners[-1:] != [owner]:
                        owners.append(owner)
                    await asyncio.sleep(0.01)

            observer = asyncio.create_task(observe())
            await until_async(lambda: len(watcher.frames) >= 5, "pictures")
            victim = the_owner([one, two])
            victim.process.kill()
            victim.process.wait()
            killed, before = time.monotonic(), len(watcher.frames)
            await until_async(lambda: len(watcher.frames) > before, "pictures again", 10)
            took = time.monotonic() - killed
            assert took <= LEASE + 0.5, f"back after {took:.2f} s"
            epochs = [frame.epoch for _, frame in watcher.frames]
            assert epochs == sorted(epochs), "two sent for the feed at a time"
            observer.cancel()
            assert len(owners) == 2, f"owners, one after the other: {owners}"


async def test_a_worker_that_was_frozen_past_its_lease_shows_nothing_when_it_goes_on(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    with (
        GstCamera() as camera,
        VideoProcess(settings.redis_url, tmp_path / "a", video_lease=LEASE) as one,
        VideoProcess(settings.redis_url, tmp_path / "b", video_lease=LEASE) as two,
    ):
        await register(settings, door=camera.url())
        async with Watcher(settings, ("door", "jpeg")) as watcher:
            await until_async(lambda: len(watcher.frames) >= 5, "pictures")
            frozen = the_owner([one, two])
            os.kill(frozen.pid, signal.SIGSTOP)
            before = len(watcher.frames)
            await until_async(lambda: len(watcher.frames) > before, "the other one's pictures", 10)
            first = watcher.frames[0][1].epoch
            os.kill(frozen.pid, signal.SIGCONT)
            revived = len(watcher.frames)
            await until_async(lambda: len(watcher.frames) >= revived + 20, "two seconds more", 15)
            stale = [frame for _, frame in watcher.frames[before:] if frame.epoch == first]
            assert not stale, f"{len(stale)} frames of the one that was frozen"
            await until_async(lambda: "another worker's now" in frozen.log.read_text(), "it has noticed")
            assert frozen.process.poll() is None

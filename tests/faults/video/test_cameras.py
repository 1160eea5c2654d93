"""Cameras that die, freeze, lie or never answer: theirs alone is the harm."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from kit.camera import FakeCamera, GstCamera
from kit.feeds import register
from kit.video import VideoProcess, Watcher
from kit.waiting import SLACK, until_async

from windsock.shared.feeds import Kind
from windsock.shared.settings import Settings

pytestmark = pytest.mark.faults


def resident_mb(pid: int) -> float:
    """What of a process is in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def cpu_seconds(pid: int) -> float:
    """What a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.slow
@pytest.mark.timeout(90)
@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_a_camera_that_is_away_for_six_seconds_is_told_and_comes_back(
    make_settings: Callable[..., Settings], tmp_path: Path, how: str
) -> None:
    settings = make_settings()
    with GstCamera() as camera, VideoProcess(settings.redis_url, tmp_path / "log") as service:
        await register(settings, door=camera.url())
        async with Watcher(settings, ("door", "jpeg")) as watcher:
            await until_async(lambda: len(watcher.of("door")) >= 5, "pictures")
            if how == "killed":
                camera.kill()
            else:
                camera.freeze()
            gone = time.monotonic()
            await until_async(lambda: watcher.told("door")[-1] in {"stale", "failed"}, "it is told", 5)
            told = time.monotonic() - gone
            assert told <= 2.0 * SLACK, f"told after {told:.1f} s"
            await until_async(lambda: time.monotonic() - gone > 6, "six seconds", 7)
            before = len(watcher.frames)
            if how == "killed":
                camera.start()
            else:
                camera.thaw()
            back = time.monotonic()
            await until_async(lambda: len(watcher.frames) > before, "pictures again", 10)
            assert time.monotonic() - back <= 6.0 * SLACK, f"back after {time.monotonic() - back:.1f} s"
            await until_async(lambda: watcher.told("door")[-1] == "live", "told to be live again")
            assert service.process.poll() is None


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_fifty_bad_cameras_cost_two_good_ones_nothing(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    faults = (
        "silent",
        "closing",
        "garbage",
        "endless",
        "redirect",
        "unauthorized",
        "missing",
        "other_codec",
        "no_video",
        "mute",
    )
    async with AsyncExitStack() as stack:
        fakes = [await stack.enter_async_context(FakeCamera(fault)) for fault in faults]
        for fake in fakes:
            fake.location = fake.url
        camera = stack.enter_context(GstCamera("--fps", "15", "--shared"))
        service = stack.enter_context(
            VideoProcess(settings.redis_url, tmp_path / "log", video_max_feeds=60, log_level="info")
        )
        bad = {f"bad{number}": fakes[number % len(fakes)].url for number in range(48)}
        # A blackhole (nobody answers for an address of the documentation's network), and a name that does not exist.
        bad |= {
            "bad48": "rtsp://joe:s3cretpass@192.0.2.1/live",
            "bad49": "rtsp://joe:s3cretpass@no-such-host.invalid/live",
        }
        await register(settings, good0=camera.url(), good1=camera.url(), **bad)
        wishes: list[tuple[str, Kind]] = [(stream, "video") for stream in ("good0", "good1", *bad)]
        watcher = await stack.enter_async_context(Watcher(settings, *wishes[2:]))
        await until_async(
            lambda: len({state.stream for _, state in watcher.states}) >= 45, "the bad ones are being tried", 20
        )
        began = time.time() * 1000
        good = await stack.enter_async_context(Watcher(settings, *wishes[:2]))
        await until_async(lambda: good.of("good0") and good.of("good1"), "the good ones are shown", 5)
        opened = {stream: good.of(stream)[0][0] - began for stream in ("good0", "good1")}
        await until_async(
            lambda: min(len(good.of("good0")), len(good.of("good1"))) >= 90, "six seconds of pictures", 30
        )
        for stream in ("good0", "good1"):
            arrivals = [at for at, _ in good.of(stream)]
            gaps = [later - earlier for earlier, later in itertools.pairwise(arrivals)]
            assert max(gaps) < 500 * SLACK, f"{stream}: a gap of {max(gaps):.0f} ms"
            # A GOP is a second long here: a decoder can only begin at the next key picture.
            assert opened[stream] < (1000 + 1000) * SLACK, f"{stream}: first picture after {opened[stream]:.0f} ms"
        rss = resident_mb(service.pid)
        assert rss < 200, f"{rss:.0f} MB"
        await until_async(
            lambda: all(last is not None and last.state in {"failed", "connecting"} for last in map(watcher.last, bad)),
            "every bad one says so",
            20,
        )
        codes = {state.code for _, state in watcher.states} - {""}
        assert codes >= {"timeout", "closed", "malformed", "unauthorized", "not_found", "unsupported", "unreachable"}, (
            codes
        )
        told = b"".join(state.pack() for _, state in watcher.states)
    assert b"s3cretpass" not in told
    assert b"s3cretpass" not in (tmp_path / "log").read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(60)
async def test_fifty_feeds_that_nobody_watches_cost_next_to_nothing_and_no_connection(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    async with FakeCamera("mute") as camera:
        with VideoProcess(settings.redis_url, tmp_path / "log") as service:
            await register(settings, **{f"yard{number}": camera.url for number in range(50)})
            used, began = cpu_seconds(service.pid), time.monotonic()
            await until_async(lambda: time.monotonic() - began > 4, "four seconds", 8)
            share = (cpu_seconds(service.pid) - used) / (time.monotonic() - began)
        assert camera.connections == 0, "something was connected to"
        assert share <= 0.01 * SLACK, f"{share:.1%} of a core"

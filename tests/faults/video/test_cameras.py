"""Cameras that die, freeze, lie or never answer: theirs alone is the harm."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from kit.camera import FakeCamera, GstCamera
from kit.control import allowed, figures, longest_gap
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


USUAL_GAP = 0.2
"""Between two pictures of a feed of 10 a second, on a machine with nothing else to do."""
USUAL_OPEN = 0.4


@pytest.mark.slow
@pytest.mark.timeout(90)
@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_a_camera_that_is_away_for_six_seconds_is_told_and_comes_back(
    make_settings: Callable[..., Settings], tmp_path: Path, how: str
) -> None:
    settings = make_settings()
    with GstCamera() as camera, GstCamera() as other, VideoProcess(settings.redis_url, tmp_path / "log") as service:
        await register(settings, door=camera.url(), control=other.url())
        async with Watcher(settings, ("door", "jpeg"), ("control", "jpeg")) as watcher:
            await until_async(lambda: min(len(watcher.of(name)) for name in ("door", "control")) >= 5, "pictures")

            def gap(since: float) -> float:
                """The control's longest, in seconds, until now."""
                moments = [at / 1000 for at, _ in watcher.of("control") if at / 1000 > since]
                return longest_gap([since, *moments, time.time()])

            if how == "killed":
                camera.kill()
            else:
                camera.freeze()
            gone = time.time()
            await until_async(lambda: watcher.told("door")[-1] in {"stale", "failed"}, "it is told", 20)
            told = next(
                at / 1000 - gone
                for at, state in watcher.states
                if state.stream == "door" and state.state in {"stale", "failed"}
            )
            limit = allowed(2.0, gap(gone), USUAL_GAP)
            assert told <= limit, f"told after {told:.2f} s, and {limit:.2f} were allowed"
            await until_async(lambda: time.time() - gone > 6, "six seconds", 7)
            before = len(watcher.of("door"))
            if how == "killed":
                camera.start()
            else:
                camera.thaw()
            there = time.time()
            await until_async(lambda: len(watcher.of("door")) > before, "pictures again", 30)
            back = watcher.of("door")[before][0] / 1000 - there
            limit = allowed(6.0, gap(there), USUAL_GAP)
            assert back <= limit, f"back after {back:.2f} s, and {limit:.2f} were allowed"
            await until_async(lambda: watcher.told("door")[-1] == "live", "told to be live again")
            assert set(watcher.told("control")) <= {"connecting", "live"}, "the other camera was drawn into it"
            assert service.process.poll() is None
            figures.info("%s: told %.2f s, back %.2f s; control's gap %.2f s", how, told, back, gap(gone))


FAULTS = (
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
OPENINGS = 3


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_fifty_bad_cameras_cost_two_good_ones_nothing(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """The control is a worker of its own, with a prefix of its own, that has the same good cameras and no bad ones."""
    settings, alone = make_settings(), make_settings(redis_prefix="control")
    async with AsyncExitStack() as stack:
        fakes = [await stack.enter_async_context(FakeCamera(fault)) for fault in FAULTS]
        for fake in fakes:
            fake.location = fake.url
        camera = stack.enter_context(GstCamera("--fps", "15", "--gop", "5", "--shared"))
        service = stack.enter_context(
            VideoProcess(settings.redis_url, tmp_path / "log", video_max_feeds=60, log_level="info")
        )
        stack.enter_context(VideoProcess(settings.redis_url, tmp_path / "control", redis_prefix="control"))
        bad = {f"bad{number}": fakes[number % len(fakes)].url for number in range(48)}
        # A blackhole (nobody answers for an address of the documentation's network), and a name that does not exist.
        bad |= {
            "bad48": "rtsp://joe:s3cretpass@192.0.2.1/live",
            "bad49": "rtsp://joe:s3cretpass@no-such-host.invalid/live",
        }
        good = [f"good{number}" for number in range(2 + OPENINGS)]
        await register(settings, **dict.fromkeys(good, camera.url()), **bad)
        await register(alone, **dict.fromkeys(good, camera.url()))
        wishes: list[tuple[str, Kind]] = [(stream, "video") for stream in bad]
        watcher = await stack.enter_async_context(Watcher(settings, *wishes))
        await until_async(
            lambda: len({state.stream for _, state in watcher.states}) >= 45, "the bad ones are being tried", 40
        )

        async def watch(*names: str) -> tuple[Watcher, Watcher, float]:
            """Beside the bad ones, and alone; since when."""
            wishes: list[tuple[str, Kind]] = [(name, "video") for name in names]
            beside = await stack.enter_async_context(Watcher(settings, *wishes, begin=False))
            control = await stack.enter_async_context(Watcher(alone, *wishes, begin=False))
            began = time.time() * 1000
            await asyncio.gather(beside.begin(), control.begin())
            await until_async(
                lambda: all(each.of(name) for each in (beside, control) for name in names), "pictures of each", 30
            )
            return beside, control, began

        beside, control, _ = await watch("good0", "good1")
        opened: list[float] = []
        excess: list[float] = []
        for name in good[2:]:
            one, other, began = await watch(name)
            opened.append((one.of(name)[0][0] - began) / 1000)
            excess.append((other.of(name)[0][0] - began) / 1000)
        limit = allowed(1.0, statistics.median(excess), USUAL_OPEN)
        assert statistics.median(opened) < limit, f"first pictures after {opened} s, alone {excess} s"
        await until_async(
            lambda: min(len(each.of(name)) for each in (beside, control) for name in good[:2]) >= 90,
            "six seconds of pictures",
            40,
        )
        gaps, alone_gaps = (
            [longest_gap(at / 1000 for at, _ in each.of(name)) for name in good[:2]] for each in (beside, control)
        )
        limit = allowed(0.5, max(alone_gaps), USUAL_GAP)
        assert max(gaps) < limit, f"gaps of {gaps} s, alone {alone_gaps} s"
        rss = resident_mb(service.pid)
        assert rss < 200, f"{rss:.0f} MB"
        figures.info("opened %.2f %.2f %.2f s, alone %.2f %.2f %.2f s", *opened, *excess)
        figures.info("gaps %.2f %.2f s, alone %.2f %.2f s; %.0f MB", *gaps, *alone_gaps, rss)
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

"""A worker that gets too little of its machine: fewer pictures before smaller ones, smaller before coarser, all of it said, and all of it taken back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.camera import GstCamera
from kit.control import figures
from kit.feeds import register
from kit.scripted_camera import ScriptedCamera, make_clip
from kit.starving import Starved
from kit.video import VideoProcess, Watcher
from kit.waiting import until_async

from windsock.shared.feeds import Frame, Kind
from windsock.shared.settings import Settings

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(480)]

FPS = 25
FEEDS = 6
SHARES = (0.35, 0.25, 0.18, 0.12, 0.08, 0.05)
"""Of a core, one after the other until it is too little: how much it needs depends on the machine."""
FEW = re.compile(r"this machine is busy: (?:about )?(\S+) pictures a second instead of (\d+)")


def said(watcher: Watcher, stream: str) -> str:
    """What the panel has to say of a feed beside its pictures."""
    last = watcher.last(stream)
    return f"{last.state.value} {last.code}: {last.why}" if last is not None else ""


def as_asked_for(frames: list[tuple[float, Frame]]) -> bool:
    """Whether the last ten came at a pace that only pictures as they were asked for have."""
    newest = frames[-10:]
    return len(newest) == 10 and newest[-1][0] - newest[0][0] < 2_000 and {frame.height for _, frame in newest} == {720}


async def test_a_worker_that_makes_fewer_pictures_than_were_asked_for_says_so_until_it_makes_them_again(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """The control is a worker that gets its time, of a camera that itself sends fewer than were asked for."""
    settings, alone = make_settings(), make_settings(redis_prefix="control")
    yards = [f"yard{number}" for number in range(FEEDS)]
    others: list[tuple[str, Kind]] = [(name, "jpeg") for name in yards[1:]]
    with (
        GstCamera("--width", "1280", "--height", "720", "--fps", str(FPS), "--gop", str(FPS), "--shared") as camera,
        GstCamera("--fps", "5", "--gop", "5") as slow,
        VideoProcess(settings.redis_url, tmp_path / "log", video_lease=10, video_linger=1) as worker,
        VideoProcess(settings.redis_url, tmp_path / "control", redis_prefix="control"),
    ):
        await register(settings, {"fps": FPS}, **dict.fromkeys(yards, camera.url()))
        await register(alone, {"fps": FPS}, still=slow.url())
        async with Watcher(settings, (yards[0], "jpeg")) as watcher, Watcher(alone, ("still", "jpeg")) as control:
            async with Watcher(settings, *others) as beside:
                await until_async(lambda: all(beside.of(name) for name in yards[1:]), "pictures of all", 60)
                with Starved(worker.pid, SHARES[0]) as starved:
                    for share in SHARES:
                        starved.share = share
                        began = time.monotonic()
                        await until_async(
                            lambda began=began: FEW.search(said(watcher, yards[0])) or time.monotonic() - began > 15,
                            "some seconds",
                            30,
                        )
                        if FEW.search(said(watcher, yards[0])):
                            break
                    assert FEW.search(said(watcher, yards[0])), f"nothing is said but {said(watcher, yards[0])!r}"
                    since, before, told = time.monotonic(), len(watcher.of(yards[0])), len(watcher.states)
                    await until_async(lambda: time.monotonic() - since > 8, "eight seconds", 30)
                    rate = (len(watcher.of(yards[0])) - before) / (time.monotonic() - since)
                    figures.info("a share of %.2f: %.1f a second; %s", starved.share, rate, said(watcher, yards[0]))
                    later = [state for _, state in watcher.states[told:] if state.stream == yards[0]]
                    assert {state.code for state in later if state.state.value == "live"} <= {"squeezed"}, "it flickers"
                    found = FEW.search(said(watcher, yards[0]))
                    assert found
                    assert rate < 0.85 * float(found[2]), "fewer in words alone"
            # One feed is no work, even on a busy machine.
            await until_async(
                lambda: said(watcher, yards[0]) == "live : ", f"unsaid; it says {said(watcher, yards[0])}", 120
            )
            assert len(control.of("still")) > 20
            assert {state.code for _, state in control.states} <= {"", "waiting"}, (
                "a slow camera is called a busy machine"
            )


async def test_pictures_become_fewer_then_smaller_then_coarser_and_then_again_as_asked_for(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    clip = make_clip(width=1280, height=720)
    async with ScriptedCamera(clip, fps=25) as camera:
        with VideoProcess(settings.redis_url, tmp_path / "log", video_lease=20) as worker:
            await register(settings, yard=f"rtsp://127.0.0.1:{camera.port}/live")
            async with Watcher(settings, ("yard", "jpeg")) as watcher:
                await until_async(lambda: len(watcher.frames) >= 10, "pictures", 40)
                assert {frame.height for _, frame in watcher.frames} == {720}
                # Stopped for longer than a picture may take, so that most of them do.
                with Starved(worker.pid, 0.3, period=1.2):
                    await until_async(
                        lambda: "points of quality" in said(watcher, "yard") and watcher.frames[-1][1].height == 360,
                        "all rungs",
                        120,
                    )
                whys = [state.why for _, state in watcher.states if state.code == "squeezed"]
                assert "pictures a second instead of 10" in whys[0]
                first = [
                    next(place for place, why in enumerate(whys) if word in why)
                    for word in ("pictures a second", "lines instead of 720", "points of quality instead of 80")
                ]
                assert first == sorted(set(first)), f"in another order: {list(dict.fromkeys(whys))}"
                heights = list(dict.fromkeys(frame.height for _, frame in watcher.frames))
                figures.info("told: %s; heights %s", list(dict.fromkeys(whys)), heights)
                assert heights == sorted(heights, reverse=True)

                away = len(watcher.frames)
                began = time.monotonic()
                await until_async(lambda: said(watcher, "yard") == "live : ", "as asked for", 300)
                figures.info("as asked for again after %.0f s", time.monotonic() - began)
                back = list(dict.fromkeys(frame.height for _, frame in watcher.frames[away:]))
                assert back == sorted(back), f"not step by step: {back}"
                # The machine may be busy with others once more at that very moment, and is again later.
                returned = len(watcher.frames)
                await until_async(
                    lambda: as_asked_for(watcher.frames[returned:]), "ten pictures of 720 lines in two seconds", 120
                )

"""Cameras whose clocks are wrong: their pictures are shown all the same, with our time on them. The control is a camera that knows what time it is."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kit.control import allowed, figures, longest_gap
from kit.feeds import register
from kit.scripted_camera import CLOCK, ScriptedCamera, make_clip
from kit.video import VideoProcess, Watcher
from kit.waiting import until_async

from windsock.shared.feeds import Frame, Kind
from windsock.shared.settings import Settings

pytestmark = pytest.mark.timeout(120)

HOUR = 3_600 * CLOCK
SECONDS = 8
GAP = 1.2
"""A key picture a second: what the wrong clock may cost where it is set."""
USUAL_GAP = 0.2


def sender_report(since_1900: int, stamp: int) -> bytes:
    """RTCP, on the channel beside the pictures': what time the camera says it is."""
    report = struct.pack("!BBHIQIII", 0x80, 200, 6, 1, since_1900 << 32, stamp, 1, 1)
    return struct.pack("!BBH", 0x24, 1, len(report)) + report


def told_wrong(ticks: Callable[[int, int], int]) -> ScriptedCamera:
    """A camera whose pictures have other times."""
    clip = make_clip(250)
    units = [(nals, ticks(number, right)) for number, (nals, right) in enumerate(clip.units)]
    return ScriptedCamera(replace(clip, units=units), fps=25)


CAMERAS: dict[str, Callable[[], ScriptedCamera]] = {
    "reports of 1900": lambda: ScriptedCamera(fps=25, between=sender_report(0, 0)),
    "reports of 2036": lambda: ScriptedCamera(fps=25, between=sender_report(2**32 - 1, 7)),
    "an hour later all at once": lambda: told_wrong(lambda number, right: right + HOUR * (number >= 60)),
    "an hour earlier all at once": lambda: told_wrong(lambda number, right: right - HOUR * (number >= 60)),
    "to and fro": lambda: told_wrong(lambda number, right: right + HOUR * (number // 40 % 2)),
    "twice as fast": lambda: told_wrong(lambda _, right: 2 * right),
    "none at all": lambda: told_wrong(lambda _number, _right: 0),
}


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS.keys())
async def test_a_camera_with_a_wrong_clock_is_shown(
    make_settings: Callable[..., Settings], tmp_path: Path, camera: Callable[[], ScriptedCamera]
) -> None:
    settings = make_settings()
    async with camera() as wrong, ScriptedCamera(fps=25) as right:
        with VideoProcess(settings.redis_url, tmp_path / "log"):
            urls = {name: f"rtsp://127.0.0.1:{each.port}/live" for name, each in (("door", wrong), ("control", right))}
            await register(settings, **urls)
            wishes: list[tuple[str, Kind]] = [(name, kind) for name in urls for kind in ("jpeg", "video")]
            async with Watcher(settings, *wishes) as watcher:

                def gap(name: str, kind: Kind, since: float) -> float:
                    """The longest, in seconds, until now."""
                    moments = [at / 1000 for at, _ in watcher.of(name, kind) if at / 1000 > since]
                    return longest_gap([since, *moments, time.time()])

                await until_async(lambda: all(watcher.of(*wish) for wish in wishes), "pictures of each kind", 30)
                begun = time.time()
                await until_async(lambda: time.time() - begun > SECONDS, "some seconds", 2 * SECONDS)
                for kind in ("jpeg", "video"):
                    beside = gap("control", kind, begun)
                    limit = allowed(GAP, beside, USUAL_GAP)
                    found = gap("door", kind, begun)
                    figures.info("%s: longest gap %.2f s, control's %.2f s", kind, found, beside)
                    assert found <= limit, f"{kind}: no picture for {found:.2f} s, control's gap {beside:.2f} s"
                frames: list[tuple[float, Frame]] = watcher.of("door")
                ages = [at - frame.time for at, frame in frames]
                assert min(ages) > -100, "frames of the future"
                assert max(ages) < 1000 * allowed(1.0, gap("control", "video", begun), USUAL_GAP)
                units = [frame.pts for _, frame in watcher.of("door", "video")][10:]
                assert len(set(units)) == len(units), "a decoder could not tell them apart"
                assert "failed" not in watcher.told("door")

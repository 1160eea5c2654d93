"""A machine that others keep busy: pictures become fewer before they become smaller, and the panel says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kit.control import figures
from kit.feeds import register
from kit.scripted_camera import ScriptedCamera, make_clip
from kit.video import VideoProcess, Watcher
from kit.waiting import until_async

from windsock.shared.feeds import Kind
from windsock.shared.settings import Settings

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(150)]

HOG = "while True: pass"
FEEDS = 3
HOGS = 20
"""As many as leave so little of any core of today that pictures take longer than the quarter of a second that is borne."""


@contextmanager
def a_busy_core(pid: int) -> Generator[None]:
    """The worker on one core, and on the same core somebody who takes all that there is."""
    core = {min(os.sched_getaffinity(0))}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), core)
    hogs = [subprocess.Popen([sys.executable, "-c", HOG]) for _ in range(HOGS)]
    try:
        for hog in hogs:
            os.sched_setaffinity(hog.pid, core)
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait(10)


async def test_pictures_become_fewer_while_the_machine_is_busy_and_the_panel_says_so(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    clip = make_clip(width=1920, height=1080)
    async with ScriptedCamera(clip, fps=25) as camera:
        place = f"rtsp://127.0.0.1:{camera.port}/live"
        with VideoProcess(settings.redis_url, tmp_path / "log", video_height=1080, video_lease=10) as service:
            await register(settings, {"fps": 25}, **{f"yard{number}": place for number in range(FEEDS)})
            wishes: list[tuple[str, Kind]] = [(f"yard{number}", "jpeg") for number in range(FEEDS)]
            async with Watcher(settings, *wishes) as watcher:
                await until_async(lambda: len(watcher.of("yard0")) >= 10, "pictures", 40)

                def said() -> str:
                    last = watcher.last("yard0")
                    return f"{last.state.value} {last.code}: {last.why}" if last is not None else ""

                with a_busy_core(service.pid):
                    await until_async(lambda: "live squeezed" in said(), "the panel is told", 60)
                    worst = said()
                    assert "pictures a second instead of 25" in worst
                    assert "lines" not in worst, "smaller before they were fewer"
                figures.info("told while busy: %s", worst)

"""How soon a viewer sees something: with the next key picture, and at once where a picture is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.camera import GstCamera
from kit.control import allowed, figures, longest_gap
from kit.feed_viewer import FeedViewer
from kit.feeds import register
from kit.scripted_camera import ScriptedCamera
from kit.service import ServiceProcess
from kit.video import VideoProcess, Watcher
from kit.waiting import until_async

from windsock.shared.settings import Settings

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(180)]

OPENINGS = 5
USUAL_GAP = 0.2
"""Between two pictures of the control, which is watched all the time."""
AT_ONCE = 0.2


async def test_the_first_picture_comes_with_the_next_key_picture(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """The worst moment to open it, each time: just after a key picture, of which there is one a second."""
    settings = make_settings()
    async with ScriptedCamera(begins_at=1, fps=25) as camera:
        doors = [f"door{number}" for number in range(OPENINGS)]
        url = f"rtsp://127.0.0.1:{camera.port}/live"
        await register(settings, **dict.fromkeys(["control", *doors], url))
        with VideoProcess(settings.redis_url, tmp_path / "log"):
            await openings(settings, doors)


async def openings(settings: Settings, doors: list[str]) -> None:
    """Open one after the other, beside one that is watched all the time."""
    async with Watcher(settings, ("control", "video")) as control:
        await until_async(lambda: len(control.frames) >= 15, "the camera is up", 20)
        waits: list[float] = []
        for name in doors:
            async with Watcher(settings, (name, "jpeg"), begin=False) as watcher:
                began = time.time()
                await watcher.begin()
                await until_async(lambda watcher=watcher, name=name: watcher.of(name), "a picture", 30)
                waits.append(watcher.of(name)[0][0] / 1000 - began)
            gap = longest_gap(at / 1000 for at, _ in control.frames if at / 1000 > began - 1)
            assert waits[-1] <= allowed(1.5, gap, USUAL_GAP), f"after {waits[-1]:.2f} s, control's gap {gap:.2f} s"
        figures.info("first pictures after %s s", " ".join(f"{wait:.2f}" for wait in waits))


async def test_a_picture_that_is_kept_is_shown_at_once_though_the_camera_is_gone(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    with (
        GstCamera() as camera,
        VideoProcess(settings.redis_url, tmp_path / "log"),
        ServiceProcess("web", settings.redis_url) as web,
    ):
        await register(settings, door=camera.url())
        async with Watcher(settings, ("door", "jpeg")) as watcher:
            await until_async(lambda: len(watcher.of("door")) >= 3, "pictures", 20)
        camera.kill()
        async with FeedViewer(web.port("web_port")) as viewer:
            asked = time.monotonic()
            assert await viewer.ask("look", {"id": "door", "kind": "jpeg"}) == {"looking": True}
            answered = time.monotonic() - asked
            await until_async(lambda: viewer.frames, "the kept picture", 20)
            took = viewer.ages[0][0] - asked
        # The control is the answer itself, which needs no picture.
        assert took <= allowed(AT_ONCE, answered, 0.01), f"after {took:.2f} s; answered after {answered:.2f} s"
        figures.info("kept picture after %.0f ms, answer after %.0f ms", took * 1000, answered * 1000)

"""Cameras that send no key picture to who comes later, but refresh their pictures bit by bit (intra-refresh, "GDR"): what can be shown of them is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from kit.feed_viewer import FeedViewer
from kit.feeds import register
from kit.scripted_camera import CLOCK, FPS, ScriptedCamera, make_clip, packetize
from kit.service import ServiceProcess
from kit.video import VideoProcess, Watcher
from kit.waiting import until_async

from windsock.shared.settings import Settings
from windsock.video.options import Options
from windsock.video.painter import Order, Painter, Picture
from windsock.video.rtsp import AccessUnit
from windsock.video.rtsp.rtp import H264Depacketizer, RtpReader

pytestmark = pytest.mark.timeout(120)

LONG = 40 * FPS
"""One key picture in forty seconds."""


def spread(jpegs: Iterable[bytes]) -> float:
    """By how much the points of a picture differ at most: each is of one colour, unless it is smeared."""
    pictures = [cast("Any", cv2.imdecode(np.frombuffer(each, np.uint8), cv2.IMREAD_GRAYSCALE)) for each in jpegs]
    return max(float(np.percentile(each, 98) - np.percentile(each, 2)) for each in pictures)


async def painted(units: list[AccessUnit]) -> list[Picture]:
    pictures: list[Picture] = []
    order = Order(Options(60, 720, 80), frozenset({"jpeg"}))
    with ThreadPoolExecutor(1) as pool:
        painter = Painter(pool, "h264", lambda: order, pictures.append, lambda _: None)
        for number, unit in enumerate(units):
            unit.arrived = number / FPS
            painter.add(unit)
            await until_async(lambda: not painter._busy, "it is painted")  # pyright: ignore[reportPrivateUsage]
        painter.close()
    return pictures


def received(first: int, missing: range) -> list[AccessUnit]:
    """Of a clip that is refreshed bit by bit."""
    seq, units = 0, list[AccessUnit]()
    clip = make_clip(200, refresh=True)
    reader = RtpReader(96, CLOCK, H264Depacketizer(clip.parameter_sets))
    for number, (nals, ticks) in enumerate(clip.units[first:], first):
        for packet in packetize(nals, seq, ticks, 1_400):
            seq += 1
            if number not in missing:
                units += reader.read(packet, number / FPS)
    return units


async def test_who_comes_in_the_middle_is_shown_pictures_as_soon_as_they_are_whole() -> None:
    units = received(10, range(0))
    assert units[0].entry
    assert not any(unit.key for unit in units)
    pictures = await painted(units)
    assert len(pictures) > 100
    assert spread(picture.data for picture in pictures) < 12, "smeared pictures are shown"


async def test_after_a_gap_it_goes_on_as_soon_as_pictures_are_whole_again() -> None:
    units = received(0, range(60, 64))
    pictures = await painted(units)
    assert [unit.gap for unit in units].count(True) == 2, "at the beginning, and after the gap"
    assert len(pictures) > 120
    assert spread(picture.data for picture in pictures) < 12, "smeared pictures are shown"


async def test_a_browser_that_could_not_begin_with_its_stream_gets_pictures(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    async with ScriptedCamera(make_clip(LONG, refresh=True), fps=FPS, begins_at=10) as camera:
        with VideoProcess(settings.redis_url, tmp_path / "log"):
            await register(settings, door=f"rtsp://127.0.0.1:{camera.port}/live")
            async with Watcher(settings, ("door", "video")) as watcher:
                await until_async(lambda: len(watcher.of("door")) >= 20, "pictures", 30)
                assert {frame.kind for _, frame in watcher.of("door")} == {"jpeg"}
                assert spread(frame.data for _, frame in watcher.of("door")) < 12


async def test_a_camera_that_sends_one_key_picture_and_no_more_is_shown_to_all(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    async with ScriptedCamera(make_clip(LONG, refresh=True), fps=FPS) as camera:
        with (
            VideoProcess(settings.redis_url, tmp_path / "log"),
            ServiceProcess("web", settings.redis_url) as web,
        ):
            await register(settings, door=f"rtsp://127.0.0.1:{camera.port}/live")
            async with FeedViewer(web.port("web_port")) as early, FeedViewer(web.port("web_port")) as late:
                await early.ask("look", {"id": "door", "kind": "video"})
                await until_async(lambda: early.frames, "its own stream", 30)
                assert early.frames[0].kind == "video"
                assert early.frames[0].key
                await until_async(lambda: early.frames[-1].kind == "jpeg", "pictures after a while", 40)
                seen = len(early.frames)
                await until_async(lambda: len(early.frames) > seen + 10, "and so on")
                assert {frame.kind for frame in early.frames[seen:]} == {"jpeg"}
                await late.ask("look", {"id": "door", "kind": "video"})
                await until_async(lambda: len(late.frames) > 10, "pictures for who comes later")
                assert {frame.kind for frame in late.frames} == {"jpeg"}

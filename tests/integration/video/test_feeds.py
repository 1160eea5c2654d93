"""A real camera, the real service, a real broker: pictures come while somebody watches, and only then."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from kit.camera import GstCamera, read_barcode
from kit.feeds import register
from kit.video import VideoProcess, Watcher
from kit.waiting import SLACK, until_async

from windsock.shared.feeds import Kind, State
from windsock.shared.settings import Settings


async def test_a_watched_feed_gives_jpeg_pictures_that_show_what_the_camera_saw(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    with GstCamera() as camera, VideoProcess(settings.redis_url, tmp_path / "log"):
        await register(settings, door=camera.url())
        began = time.monotonic()
        async with Watcher(settings, ("door", "jpeg")) as watcher:
            await until_async(lambda: watcher.of("door"), "the first picture")
            first = time.monotonic() - began
            await until_async(lambda: len(watcher.of("door")) >= 15, "15 pictures")
            assert first < 1.5 * SLACK, f"the first picture took {first:.2f} s"
            ages = [at - read_barcode(frame.data) for at, frame in watcher.of("door")]
            assert all(-50 < age < 2000 * SLACK for age in ages), f"ages of pictures in ms: {ages}"
            arrivals = [at for at, _ in watcher.of("door")][3:]
            rate = (len(arrivals) - 1) * 1000 / (arrivals[-1] - arrivals[0])
            assert rate < 12, f"{rate:.1f} pictures a second, 10 are the most"
            assert [frame.seq for _, frame in watcher.of("door")] == list(range(1, len(watcher.of("door")) + 1))
            assert watcher.told("door")[-1] == "live"


async def test_pass_through_brings_every_picture_as_the_camera_encoded_it(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    with GstCamera() as camera, VideoProcess(settings.redis_url, tmp_path / "log"):
        await register(settings, door=camera.url())
        async with Watcher(settings, ("door", "video")) as watcher:
            await until_async(lambda: len(watcher.of("door", "video")) >= 40, "40 access units")
            frames = [frame for _, frame in watcher.of("door", "video")]
        assert frames[0].key, "it begins with a key picture"
        assert frames[0].codec.startswith("avc1."), f"codec {frames[0].codec!r}"
        assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1)), "no hole"
        decoder = av.CodecContext.create("h264", "r")
        decoded = [shown for frame in frames for shown in decoder.decode(av.Packet(frame.data))]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]
        assert len(decoded) >= len(frames) - 2  # pyright: ignore[reportUnknownArgumentType]


async def test_nobody_watches_nobody_connects_and_the_newest_picture_is_kept(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    with GstCamera() as camera, VideoProcess(settings.redis_url, tmp_path / "log", video_linger=1):
        await register(settings, door=camera.url())
        assert camera.connections() == 0
        async with Watcher(settings, ("door", "jpeg")) as watcher:
            await until_async(lambda: watcher.of("door"), "a picture")
            assert camera.connections() == 1
        await until_async(lambda: camera.connections() == 0, "the camera is let go of", 10)
        async with Watcher(settings) as later:
            frame, state = await later.store.newest("door")
            assert state.state is State.IDLE
            assert frame is not None, "the newest picture is kept"
            assert cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_COLOR) is not None


async def test_a_feed_that_is_registered_anew_is_taken_from_its_new_place(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    with GstCamera() as first, GstCamera() as second, VideoProcess(settings.redis_url, tmp_path / "log"):
        await register(settings, door=first.url())
        async with Watcher(settings, ("door", "jpeg")) as watcher:
            await until_async(lambda: watcher.of("door"), "a picture from the first")
            await register(settings, door=second.url())
            await until_async(lambda: second.connections() == 1 and first.connections() == 0, "the second is taken")
            before = len(watcher.frames)
            await until_async(lambda: len(watcher.frames) > before, "a picture from the second")
            assert watcher.frames[-1][1].epoch > watcher.frames[0][1].epoch


async def test_a_camera_with_a_password_is_logged_in_to_and_the_password_is_nowhere(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    with (
        GstCamera("--user", "joe", "--password", "s3cretpass") as camera,
        VideoProcess(settings.redis_url, tmp_path / "log"),
    ):
        await register(settings, good=camera.url(login="joe:s3cretpass@"), bad=camera.url(login="joe:wr0ngpass@"))
        async with Watcher(settings, ("good", "jpeg"), ("bad", "jpeg")) as watcher:
            await until_async(lambda: watcher.of("good"), "a picture")
            await until_async(lambda: watcher.told("bad")[-1:] == ["failed"], "the wrong one is told")
            bad = watcher.last("bad")
            assert bad is not None
            assert bad.code == "unauthorized"
            told = b"".join(state.pack() for _, state in watcher.states)
        for secret in (b"s3cretpass", b"wr0ngpass"):
            assert secret not in told
            assert secret not in (tmp_path / "log").read_bytes()


@pytest.mark.parametrize("codec", ["hevc"])
async def test_what_browsers_can_not_decode_comes_as_jpeg_to_those_who_asked_for_it(
    make_settings: Callable[..., Settings], tmp_path: Path, codec: str
) -> None:
    settings = make_settings()
    with GstCamera("--codec", codec) as camera, VideoProcess(settings.redis_url, tmp_path / "log"):
        await register(settings, door=camera.url())
        async with Watcher(settings, ("door", "video")) as watcher:
            await until_async(lambda: len(watcher.of("door")) >= 3, "pictures", 20)
            assert {frame.kind for _, frame in watcher.of("door")} == {"jpeg"}


async def test_a_pattern_needs_no_camera(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    settings = make_settings()
    with VideoProcess(settings.redis_url, tmp_path / "log", video_test_feeds="true"):
        await register(settings, demo="test://windsock")
        async with Watcher(settings, ("demo", "jpeg"), ("demo", "video")) as watcher:
            await until_async(lambda: len(watcher.of("demo")) >= 5, "pictures")
            assert {frame.kind for _, frame in watcher.of("demo")} == {"jpeg"}


async def test_two_workers_share_the_feeds(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    settings = make_settings()
    names = [f"demo{number}" for number in range(6)]
    own = {"video_test_feeds": "true", "video_fps": 2, "video_max_feeds": 4}
    with (
        VideoProcess(settings.redis_url, tmp_path / "a", **own),
        VideoProcess(settings.redis_url, tmp_path / "b", **own),
    ):
        await register(settings, **{name: f"test://{name}" for name in names})
        wishes: list[tuple[str, Kind]] = [(name, "jpeg") for name in names]
        async with Watcher(settings, *wishes) as watcher:
            await until_async(lambda: all(watcher.of(name) for name in names), "all feeds are shown")
            keys = watcher.store.keys
            owners = await watcher.broker.call(*(("GET", keys.feed_owner(name)) for name in names))
            assert len(set(owners)) == 2, "no worker holds them all: four are the most"

"""Cameras that send JPEG: over HTTP where a setting allows it, and over RTSP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kit.camera import FakeCamera, GstCamera, read_barcode
from kit.feeds import register
from kit.http_camera import HttpCamera, barcode_jpeg
from kit.video import VideoProcess, Watcher
from kit.waiting import SLACK, until_async

from windsock.shared.settings import Settings

SECRETS = (b"s3cretpass", b"qu3rypass")


@pytest.mark.parametrize("chunked", [False, True], ids=["plain", "chunked"])
async def test_pictures_over_http_go_on_as_the_camera_made_them(
    make_settings: Callable[..., Settings], tmp_path: Path, *, chunked: bool
) -> None:
    settings = make_settings()
    async with HttpCamera(chunked=chunked, login="joe:s3cretpass") as camera:
        with VideoProcess(settings.redis_url, tmp_path / "log", video_http="true", video_linger=1):
            await register(settings, door=camera.url("joe:s3cretpass@", "?pw=qu3rypass"))
            async with Watcher(settings, ("door", "jpeg"), ("door", "video")) as watcher:
                await until_async(lambda: len(watcher.of("door", "jpeg")) >= 20, "pictures", 20)
                found = watcher.of("door", "jpeg")
                assert {frame.data for _, frame in found} <= set(camera.sent), "they were made anew"
                ages = sorted(at - read_barcode(frame.data) for at, frame in found)
                assert ages[len(ages) // 2] < 500 * SLACK, f"ages in ms: {ages}"
                told = b"".join(state.pack() for _, state in watcher.states)
            await until_async(lambda: camera.open == 0, "the camera is let go of")
    for secret in SECRETS:
        assert secret not in told + (tmp_path / "log").read_bytes()


async def test_what_is_too_large_or_wanted_small_is_made_anew(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    async with HttpCamera() as camera:
        with VideoProcess(settings.redis_url, tmp_path / "log", video_http="true", video_height=90):
            await register(settings, door=camera.url())
            async with Watcher(settings, ("door", "jpeg"), ("door", "small")) as watcher:
                await until_async(lambda: watcher.of("door", "jpeg") and watcher.of("door", "small"), "both kinds", 20)
                assert {(frame.width, frame.height) for _, frame in watcher.frames} == {(160, 90)}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("silent", "timeout"),
        ("closing", "malformed"),
        ("garbage", "malformed"),
        ("missing", "not_found"),
        ("page", "unsupported"),
        ("login", "unauthorized"),
    ],
)
async def test_what_is_wrong_with_a_camera_is_told_with_a_code(
    make_settings: Callable[..., Settings], tmp_path: Path, fault: str, code: str
) -> None:
    settings = make_settings()
    async with HttpCamera(fault, login="joe:other" if fault == "login" else "") as camera:
        with VideoProcess(settings.redis_url, tmp_path / "log", video_http="true", video_open_timeout=1):
            await register(settings, door=camera.url("joe:s3cretpass@", "?pw=qu3rypass"))
            async with Watcher(settings, ("door", "jpeg")) as watcher:
                await until_async(lambda: watcher.told("door")[-1:] == ["failed"], "it is told", 20)
                last = watcher.last("door")
                assert last is not None
                assert last.code == code
                told = b"".join(state.pack() for _, state in watcher.states)
    for secret in SECRETS:
        assert secret not in told + (tmp_path / "log").read_bytes()


async def test_a_redirect_to_what_is_no_url_ends_in_a_code(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    async with HttpCamera("redirect", location="http://[::1/x") as camera:
        with VideoProcess(settings.redis_url, tmp_path / "log", video_http="true"):
            await register(settings, door=camera.url())
            async with Watcher(settings, ("door", "jpeg")) as watcher:
                await until_async(lambda: len(camera.requests) >= 2, "it is tried again", 20)
                last = watcher.last("door")
                assert last is not None
                assert last.code == "malformed"
    assert "should not have" not in (tmp_path / "log").read_text()


async def test_a_redirect_is_checked_like_a_url_and_takes_no_password_along(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    async with (
        HttpCamera("redirect") as camera,
        HttpCamera() as other,
        HttpCamera() as forbidden,
        FakeCamera("mute") as target,
    ):
        own = {"video_http": "true", "video_networks": "127.0.0.1/32"}
        with VideoProcess(settings.redis_url, tmp_path / "log", **own):
            places = [
                (f"http://127.0.0.2:{forbidden.port}/video.cgi", "forbidden"),
                ("file:///etc/passwd", "forbidden"),
                (f"rtsp://127.0.0.3:{target.port}/x", "forbidden"),
                ("http://169.254.169.254/latest", "forbidden"),
                (f"http://127.0.0.1:{other.port}/video.cgi", "live"),
            ]
            for number, (location, outcome) in enumerate(places):
                camera.location = location
                name = f"door{number}"
                await register(settings, **{name: camera.url("joe:s3cretpass@")})
                async with Watcher(settings, (name, "jpeg")) as watcher:

                    def settled(watcher: Watcher = watcher, name: str = name) -> bool:
                        last = watcher.last(name)
                        return last is not None and last.state.value in {"failed", "live"}

                    await until_async(settled, location, 20)
                    last = watcher.last(name)
                    assert last is not None
                    assert outcome in {last.code, last.state.value}, (location, last)
        assert forbidden.requests == []
        assert target.connections == 0
        assert other.requests
        assert not [head for head in other.requests if "Authorization" in head], "the password went along"


async def test_motion_jpeg_over_rtsp_is_shown(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    settings = make_settings()
    with GstCamera("--codec", "mjpeg") as camera, VideoProcess(settings.redis_url, tmp_path / "log"):
        await register(settings, door=camera.url())
        async with Watcher(settings, ("door", "jpeg")) as watcher:
            await until_async(lambda: len(watcher.of("door")) >= 10, "pictures", 20)
            ages = sorted(at - read_barcode(frame.data) for at, frame in watcher.of("door"))
            assert -50 < ages[len(ages) // 2] < 500 * SLACK, f"ages in ms: {ages}"
            # RFC 2435 has heights in steps of eight: 180 lines come as 184.
            assert {(frame.width, frame.height) for _, frame in watcher.of("door")} == {(320, 184)}


async def test_files_are_played_only_in_the_all_in_one_run(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number:02d}.jpg").write_bytes(barcode_jpeg(height=180 + 20 * number))
    own = {"all_in_one": "true", "video_folder": str(folder), "video_webcams": "true"}
    with VideoProcess(settings.redis_url, tmp_path / "log", **own):
        await register(settings, yard="file:%02d.jpg", none="file:none.mp4", cam="webcam:77")
        async with Watcher(settings, ("yard", "jpeg"), ("none", "jpeg"), ("cam", "jpeg")) as watcher:
            await until_async(lambda: len(watcher.of("yard")) >= 10, "pictures", 20)
            assert len({frame.data for _, frame in watcher.of("yard")}) > 1, "they do not move"
            await until_async(
                lambda: watcher.told("none")[-1:] == ["failed"] and watcher.told("cam")[-1:] == ["failed"],
                "no such",
                20,
            )
            last = watcher.last("none")
            assert last is not None
            assert last.code == "not_found"
            assert str(tmp_path) not in last.why

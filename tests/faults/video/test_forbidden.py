"""Places that a camera's URL must not lead to: nothing reaches them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kit.camera import FakeCamera
from kit.feeds import register
from kit.valkey import ValkeyProcess
from kit.video import VideoProcess, Watcher
from kit.waiting import until_async

from windsock.shared.feeds import Kind
from windsock.shared.settings import Settings

pytestmark = pytest.mark.faults


async def test_what_must_not_be_opened_is_refused_with_a_code_and_nothing_reaches_it(
    make_settings: Callable[..., Settings], tmp_path: Path, shared_valkey: ValkeyProcess
) -> None:
    settings = make_settings()
    async with FakeCamera("mute") as target:
        secret = tmp_path / "secret.mp4"
        secret.write_bytes(b"x")
        urls = {
            "loopback": target.url,
            "name": f"rtsp://localhost:{target.port}/x",
            "mapped": f"rtsp://[::ffff:127.0.0.1]:{target.port}/x",
            "broker": f"rtsp://127.0.0.1:{shared_valkey.port}/x",
            "metadata": "rtsp://169.254.169.254/latest",
            "file": f"file://{secret}",
            "path": str(secret),
            "numbers": "/tmp/%02d.jpg",
            "concat": f"concat:{secret}|{secret}",
            "http": f"http://127.0.0.1:{target.port}/x",
            "index": "0",
        }
        with VideoProcess(settings.redis_url, tmp_path / "log", video_networks=""):
            await register(settings, **urls)
            wishes: list[tuple[str, Kind]] = [(stream, "jpeg") for stream in urls]
            async with Watcher(settings, *wishes) as watcher:
                await until_async(
                    lambda: all(watcher.told(stream)[-1:] == ["failed"] for stream in urls), "all are refused", 20
                )
                codes = {stream: last.code for stream in urls if (last := watcher.last(stream)) is not None}
        assert codes == dict.fromkeys(urls, "forbidden")
        assert target.connections == 0, "something was connected to"


async def test_a_redirect_to_a_forbidden_place_is_not_followed(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings()
    async with FakeCamera("mute") as target, FakeCamera("redirect") as camera:
        for number, location in enumerate(
            (f"rtsp://127.0.0.2:{target.port}/x", f"http://127.0.0.1:{target.port}/x", "file:///etc/passwd")
        ):
            camera.location = location
            # The camera's own address is allowed, and no other.
            with VideoProcess(settings.redis_url, tmp_path / f"log{number}", video_networks="127.0.0.1/32"):
                await register(settings, **{f"door{number}": camera.url})
                async with Watcher(settings, (f"door{number}", "jpeg")) as watcher:
                    name = f"door{number}"
                    await until_async(
                        lambda name=name, watcher=watcher: watcher.told(name)[-1:] == ["failed"], "it is refused"
                    )
                    last = watcher.last(name)
                    assert last is not None
                    assert last.code == "forbidden", location
        assert target.connections == 0, "the redirect was followed"

"""Cameras: what a feed costs the video worker, and how old its pictures are in Redis and on a browser's screen. A real RTSP server; the peers do the same
without Windsock.

The camera plays a clip with a real camera's bytes by the clock (see video_clip), so ages hold everything from the camera's encoder on: RTSP, the worker, Redis.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import Bound, Group, Measure, Measurement, Ratio, Setup
from benchmarks.load.video_clip import FPS, SPAN_MS, make_clip
from benchmarks.processes import LOAD_CPU, ROOT, Child, MissingPeer, free_port
from benchmarks.services import Stack

__all__ = ["GROUP"]

SYSTEM_PYTHON = "/usr/bin/python3"
PASSED = 8
UNWATCHED = 50
WARM_SECONDS = 2.0
LEAST_WINDOW = 4.0
JPEG = (1280, 720, 2500)
FULL_HD = (1920, 1080, 4000)
"""Width, height, kbit/s: what cameras of these sizes send."""


class Camera:
    """A camera's clip and port. Started anew for each measurement: a server that lost eight readers at a time may not begin again for the next ones."""

    def __init__(self, setup: Setup, name: str, width: int, height: int, kbps: int) -> None:
        look = "import gi; gi.require_version('GstRtspServer', '1.0')"
        there = Path(SYSTEM_PYTHON).exists()
        if not there or subprocess.run([SYSTEM_PYTHON, "-c", look], capture_output=True, check=False).returncode:
            raise MissingPeer(
                "GStreamer's RTSP server is missing: apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi"
            )
        clip, port = setup.folder / f"{name}.units", free_port()
        make_clip(clip, width, height, kbps)
        program = ROOT / "tests" / "kit" / "gst_camera.py"
        size = ["--width", str(width), "--height", str(height), "--fps", "30"]
        self._argv = [SYSTEM_PYTHON, program, "--port", str(port), "--clip", clip, *size, "--shared"]
        self._name, self._folder = name, setup.folder
        self.url = f"rtsp://127.0.0.1:{port}/cam0"

    def around(self, measure: Measure) -> Measure:
        """The measurement, with the camera running."""

        def measured() -> Measurement:
            with Child(self._name, self._argv, folder=self._folder, cpus=LOAD_CPU) as camera:
                camera.answer()
                return measure()

        return measured


def _percentile(values: list[int] | list[float], share: float) -> float:
    ordered = sorted(values)
    return float(ordered[min(len(ordered) - 1, int(len(ordered) * share))])


def _watch(video: Child, watcher: Child, kind: str, count: int, window: float) -> Measurement:
    watcher.tell(f"watch {kind} {window} {count}")
    watcher.answer()
    cpu, began = video.cpu(), time.monotonic()
    watcher.answer()
    used = (video.cpu() - cpu) / (time.monotonic() - began)
    told: dict[str, Any] = watcher.answer()
    return {
        "core": used,
        "fps": told["frames"] / window,
        "p50 ms": _percentile(told["ages"], 0.5),
        "p99 ms": _percentile(told["ages"], 0.99),
        "first ms": told["first"],
        "kB/s": told["bytes"] / window / 1000,
    }


def _idle(video: Child, camera: socket.socket, window: float) -> Measurement:
    cpu, began = video.cpu(), time.monotonic()
    time.sleep(window)
    used = (video.cpu() - cpu) / (time.monotonic() - began)
    connections = 0
    try:
        while True:
            camera.accept()[0].close()
            connections += 1
    except BlockingIOError:
        return {"core": used, "connections": connections}


def _on_screen(screen: Child, web: Child, kind: str, window: float) -> Measurement:
    cpu, began = web.cpu(), time.monotonic()
    told: dict[str, Any] = screen.ask(f"watch {kind} {window}")
    used = (web.cpu() - cpu) / (time.monotonic() - began)
    ages: list[float] = told["ages"]
    return {
        "fps": len(ages) / window,
        "p50 ms": _percentile(ages, 0.5),
        "p99 ms": _percentile(ages, 0.99),
        "web core": used,
    }


def _peer(setup: Setup, how: str, urls: list[str], window: float) -> Measurement:
    peer = Child(
        f"naive-{how}",
        [sys.executable, ROOT / "benchmarks" / "peers" / "video_naive.py", how, *urls],
        folder=setup.folder,
    )
    with peer:
        peer.answer()
        time.sleep(WARM_SECONDS)
        cpu, began = peer.cpu(), time.monotonic()
        time.sleep(window)
        return {"core": (peer.cpu() - cpu) / (time.monotonic() - began)}


def _worker(setup: Setup, name: str, feeds: dict[str, str]) -> tuple[Child, Child]:
    stack = Stack(setup, name, pinned=False)
    video, _ = stack.start("video", "video_health_port", measured=True, video_networks="127.0.0.0/8", video_linger=0.5)
    config = json.dumps({"redis_url": stack.broker.url, "feeds": feeds})
    argv = [sys.executable, ROOT / "benchmarks" / "load" / "video_watcher.py", config]
    watcher = setup.stack.enter_context(Child(f"{name}-watcher", argv, folder=setup.folder, cpus=LOAD_CPU))
    watcher.answer()
    return video, watcher


def _screen(setup: Setup, url: str) -> tuple[Child, Child]:
    """A whole way: worker, relay, and a browser that shows the board."""
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        raise MissingPeer("no Chromium is installed: apt-get install chromium")
    stack = Stack(setup, "screen", pinned=False)
    stack.start("video", "video_health_port", measured=True, video_networks="127.0.0.0/8", video_linger=0.5)
    web, port = stack.web(measured=True)
    camera = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/feeds/door",
        json.dumps({"url": url}).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(camera, timeout=10).close()
    argv = [sys.executable, ROOT / "benchmarks" / "load" / "screen.py", f"http://127.0.0.1:{port}/", FPS, SPAN_MS]
    screen = setup.stack.enter_context(Child("screen", [str(part) for part in argv], folder=setup.folder))
    screen.answer()
    return screen, web


def _prepare(setup: Setup) -> dict[str, Measure]:
    window = max(setup.options.window, LEAST_WINDOW * setup.options.scale)
    passed = setup.options.scaled(PASSED, 2)
    variants: dict[str, Measure] = {}

    def jpeg() -> Measure:
        camera = Camera(setup, "camera-720", *JPEG)
        video, watcher = _worker(setup, "jpeg", {"door": camera.url})
        variants["opencv jpeg"] = camera.around(partial(_peer, setup, "opencv", [camera.url], window))
        return camera.around(partial(_watch, video, watcher, "jpeg", 1, window))

    def passing() -> Measure:
        camera = Camera(setup, "camera-1080", *FULL_HD)
        video, watcher = _worker(setup, "pass", {f"door{number}": camera.url for number in range(passed)})
        variants["pyav pass"] = camera.around(partial(_peer, setup, "pyav", [camera.url] * passed, window))
        return camera.around(partial(_watch, video, watcher, "video", passed, window))

    def screen() -> Measure:
        camera = Camera(setup, "camera-screen", *JPEG)
        browser, web = _screen(setup, camera.url)
        variants["screen jpeg"] = camera.around(partial(_on_screen, browser, web, "jpeg", window))
        return camera.around(partial(_on_screen, browser, web, "video", window))

    def unwatched() -> Measure:
        camera = setup.stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=UNWATCHED))
        camera.setblocking(False)  # noqa: FBT003  # the socket module's own signature
        place = f"127.0.0.1:{camera.getsockname()[1]}"
        feeds = {f"yard{number}": f"rtsp://{place}/{number}" for number in range(UNWATCHED)}
        video, _ = _worker(setup, "unwatched", feeds)
        return partial(_idle, video, camera, window)

    variants |= setup.optional("jpeg", jpeg)
    variants |= setup.optional("pass", passing)
    variants |= setup.optional("screen video", screen)
    variants |= setup.optional("unwatched", unwatched)
    return variants


GROUP = Group(
    "video",
    "cameras: cost of a feed, age of its pictures in Redis",
    [
        Bound("JPEG, one feed 720p30 in, 10 fps out", "jpeg", "core", 0.15, 0.12, " core"),
        Bound("  the same, camera to Redis, p50", "jpeg", "p50 ms", 80, 50, " ms"),
        Bound("  the same, first picture", "jpeg", "first ms", 1500, 500, " ms"),
        Ratio("  the same, against OpenCV alone", "jpeg", "opencv jpeg", "core", 1.0, 1.2, less=True),
        Bound(f"Pass-through, {PASSED} feeds 1080p30", "pass", "core", 0.20, 0.12, " core"),
        Bound("  the same, camera to Redis, p99", "pass", "p99 ms", 150, 80, " ms"),
        Ratio("  the same, against PyAV that only takes packets", "pass", "pyav pass", "core", 0.8, 1.0, less=True),
        Bound("Camera to a browser's screen, its own stream, p50", "screen video", "p50 ms", 200, 100, " ms"),
        Bound("  the same, as JPEG, p50", "screen jpeg", "p50 ms", 200, 120, " ms"),
        Bound(f"{UNWATCHED} feeds that nobody watches", "unwatched", "core", 0.01, 0.005, " core"),
        Bound("  the same, connections to their camera", "unwatched", "connections", 0, 0),
    ],
    _prepare,
)

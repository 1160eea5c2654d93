"""Cameras for tests: a real one (GStreamer's RTSP server in a process of its own), and a fake that does what no good camera does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

import cv2
import numpy as np
import pytest

from kit.ports import free_port

__all__ = ["BITS", "FakeCamera", "GstCamera", "has_gst", "read_barcode"]

BITS = 40
PROGRAM = Path(__file__).with_name("gst_camera.py")
SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"


@cache
def has_gst() -> bool:
    """Whether GStreamer's RTSP server is installed."""
    if shutil.which(SYSTEM_PYTHON) is None:
        return False
    look = (
        "import gi; gi.require_version('Gst','1.0'); gi.require_version('GstRtspServer','1.0');"
        "from gi.repository import Gst; Gst.init(None); assert Gst.ElementFactory.find('x264enc')"
    )
    return subprocess.run([SYSTEM_PYTHON, "-c", look], capture_output=True, check=False).returncode == 0


class GstCamera:
    """A context manager: started on entry, killed on exit. Its port stays the same when it is started again."""

    def __init__(self, *options: str, port: int | None = None) -> None:
        if not has_gst():
            pytest.skip(f"GStreamer's RTSP server is not installed (apt-get install {PACKAGES})")
        self.port = port or free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, number: int = 0, login: str = "") -> str:
        """Address of one of its streams."""
        return f"rtsp://{login}127.0.0.1:{self.port}/cam{number}"

    def start(self) -> None:
        """Start, and return when it listens."""
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(PROGRAM), "--port", str(self.port), *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, "the camera did not start"
        assert json.loads(said)["port"] == self.port

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def connections(self) -> int:
        """Connections to it that are open now, as the kernel sees them."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        ours = f":{self.port:04X}"
        return sum(1 for line in lines if line.split()[1].endswith(ours) and line.split()[3] == "01")

    def freeze(self) -> None:
        """Let it answer nobody, with all connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def read_barcode(jpeg: bytes) -> int:
    """The time, in ms, that a camera of ours wrote into the picture."""
    pixels = cast("Any", cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE))
    assert pixels is not None, "this is no picture"
    width = int(pixels.shape[1])
    block = width / BITS
    number = 0
    for bit in range(BITS):
        number = number << 1 | int(pixels[2, int((bit + 0.5) * block)] > 128)
    now = time.time_ns() // 1_000_000
    return number + (now >> BITS << BITS)


SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=fake\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
    "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"
)


class FakeCamera:
    """An RTSP server that fails as it is told.

    `silent`, `closing`, `garbage`, `endless`, `redirect`, `unauthorized`, `missing`, `other_codec`, `no_video`, or `mute`: all is well but no picture comes.
    """

    def __init__(self, fault: str = "mute", location: str = "") -> None:
        self.fault = fault
        self.location = location
        self.requests: list[str] = []
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"rtsp://joe:s3cretpass@127.0.0.1:{self.port}/live"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "closing":
            return
        if self.fault == "silent":
            await reader.read()
            return
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(head)
            method = head.split(" ", 1)[0]
            if self.fault == "garbage":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n\x00\x01\x02")
            elif self.fault == "endless":
                while True:
                    writer.write(b"RTSP/1.0 200 OK\r\nX-More: " + b"x" * 65536)
                    await writer.drain()
            else:
                self._answer(writer, head, method)
            await writer.drain()

    def _answer(self, writer: asyncio.StreamWriter, head: str, method: str) -> None:
        cseq = head.partition("CSeq: ")[2].partition("\r\n")[0]
        status, headers, body = "200 OK", "", ""
        if method == "DESCRIBE":
            if self.fault == "redirect":
                status, headers = "302 Moved", f"Location: {self.location}\r\n"
            elif self.fault == "unauthorized":
                status, headers = "401 Unauthorized", 'WWW-Authenticate: Digest realm="cam", nonce="1"\r\n'
            elif self.fault == "missing":
                status = "404 Not Found"
            else:
                bodies: dict[str, Callable[[], str]] = {
                    "other_codec": lambda: SDP.replace("H264", "VP8"),
                    "no_video": lambda: SDP.replace("m=video", "m=audio"),
                }
                body = bodies.get(self.fault, lambda: SDP)()
        elif method == "SETUP":
            headers = "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        text = f"RTSP/1.0 {status}\r\nCSeq: {cseq}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        writer.write(text.encode())

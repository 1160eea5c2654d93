"""A camera that sends MJPEG over HTTP, as the many cheap ones do; and what the bad ones do."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import ssl
import time
from base64 import b64encode
from typing import Any, Self

import cv2
import numpy as np

from kit.camera import BITS

__all__ = ["HttpCamera", "barcode_jpeg"]


def barcode_jpeg(width: int = 320, height: int = 180) -> bytes:
    """A picture that carries the moment it was made, as `kit.camera.read_barcode` reads it."""
    pixels = np.full((height, width), 96, np.uint8)
    now = time.time_ns() // 1_000_000
    block = width // BITS
    for bit in range(BITS):
        pixels[:block, bit * block : (bit + 1) * block] = 235 if now >> (BITS - 1 - bit) & 1 else 16
    fine, buffer = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert fine
    return buffer.tobytes()


class HttpCamera:
    """An async context manager.

    `fault`: `silent`, `closing`, `garbage`, `missing`, `page`, `redirect`, `untls` (garbage past TLS, after five pictures), or none; `login`: what it asks for,
    with Basic.
    """

    def __init__(
        self,
        fault: str = "",
        *,
        chunked: bool = False,
        login: str = "",
        location: str = "",
        fps: float = 20,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.fault = fault
        self.location = location
        self.requests: list[str] = []
        self.sent: list[bytes] = []
        self.open = 0
        self._chunked = chunked
        self._login = login
        self._fps = fps
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, login: str = "", query: str = "") -> str:
        return f"{'https' if self._tls else 'http'}://{login}127.0.0.1:{self.port}/video.cgi{query}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.requests.append(head)
                await self._answer(head, writer)
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        wanted = f"Basic {b64encode(self._login.encode()).decode()}"
        if self._login and f"Authorization: {wanted}" not in head:
            writer.write(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="cam"\r\nContent-Length: 0\r\n\r\n')
        elif self.fault == "silent":
            await asyncio.sleep(60)
        elif self.fault == "garbage":
            writer.write(b"\0\1\2" * 40 + b"\r\n\r\n")
        elif self.fault == "missing":
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        elif self.fault == "page":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello")
        elif self.fault == "redirect":
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: {self.location}\r\nContent-Length: 0\r\n\r\n".encode())
        elif self.fault != "closing":
            await self._pictures(writer)
        await writer.drain()

    async def _pictures(self, writer: asyncio.StreamWriter) -> None:
        encoding = "Transfer-Encoding: chunked\r\n" if self._chunked else ""
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=cam\r\n{encoding}\r\n".encode()
        )
        for number in itertools.count():
            if self.fault == "untls" and number == 5:
                os.write(writer.get_extra_info("socket").fileno(), b"this is no TLS record" * 9)
            jpeg = barcode_jpeg()
            self.sent.append(jpeg)
            part = b"--cam\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(jpeg), jpeg)
            writer.write(b"%x\r\n%b\r\n" % (len(part), part) if self._chunked else part)
            await writer.drain()
            await asyncio.sleep(1 / self._fps)

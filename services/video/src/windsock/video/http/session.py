"""A camera's MJPEG over http or https: one GET, then pictures until it ends. Every wait has an end.

Connects to an address that was checked, whatever the URL's name resolves to a moment later, and follows no redirect by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from windsock.video.rtsp import AccessUnit, CameraError, Redirected
from windsock.video.rtsp.auth import Login
from windsock.video.rtsp.number import read_number
from windsock.video.tls import Trust, tls_fault

from .multipart import Dechunker, MultipartReader, boundary_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from windsock.shared.feeds import FeedUrl
    from windsock.video.rtsp import Format

__all__ = ["HttpSession"]

MOST_HEAD: Final = 16 * 1024
READ_BYTES: Final = 256 * 1024


class HttpSession:
    """See the module. `unit` is called on the loop with each picture."""

    missing = 0
    """Gaps: TCP has none."""

    def __init__(self, url: FeedUrl, address: str, trust: Trust, unit: Callable[[AccessUnit], None]) -> None:
        self._url = url
        self._address = address
        self._trust = trust
        self._unit = unit
        self._login = Login(url.user, url.password)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._parts = MultipartReader(b"")
        self._chunks: Dechunker | None = None

    async def open(self, seconds: float) -> Format:
        """Have the camera send.

        Raises:
            CameraError: it does not.
            Redirected: it says to ask elsewhere.
        """
        try:
            async with asyncio.timeout(seconds):
                status, headers = await self._get()
                if status == 401 and self._login.challenge(
                    [value for name, value in headers if name == "www-authenticate"]
                ):
                    await self.close()
                    status, headers = await self._get()
        except TimeoutError:
            raise CameraError("timeout", f"the camera did not answer within {seconds:g} s") from None
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            raise CameraError("malformed", "what answers there does not speak HTTP") from None
        named = dict(reversed(headers))
        if 300 <= status < 400 and "location" in named:
            try:
                place = urljoin(self._url.bare, named["location"])
            except ValueError:
                raise CameraError("malformed", "the camera redirects to what is no URL") from None
            raise Redirected(place)
        if status == 401:
            raise CameraError("unauthorized", "the camera refuses the user name or password", lasting=True)
        if status == 404:
            raise CameraError("not_found", "the camera has no stream of this name")
        if status != 200:
            raise CameraError("refused", f"the camera answers with {status}")
        boundary = boundary_of(named.get("content-type", ""))
        if not boundary:
            raise CameraError(
                "unsupported", "the camera does not send MJPEG (multipart/x-mixed-replace) there", lasting=True
            )
        self._parts = MultipartReader(boundary)
        self._chunks = Dechunker() if named.get("transfer-encoding", "").lower() == "chunked" else None
        return "mjpeg"

    async def run(self, read_timeout: float) -> None:
        """Take what the camera sends until it ends; never returns otherwise.

        Raises:
            CameraError: why it ended.
        """
        assert self._reader is not None  # noqa: S101  # opened
        while True:
            try:
                async with asyncio.timeout(read_timeout):
                    data = await self._reader.read(READ_BYTES)
            except TimeoutError:
                raise CameraError("timeout", f"the camera sent nothing for {read_timeout:g} s") from None
            except OSError:  # TLS's own among them
                data = b""
            if not data or (self._chunks is not None and self._chunks.ended):
                raise CameraError("closed", "the camera closed the connection")
            now = time.monotonic()
            for picture in self._parts.feed(data if self._chunks is None else self._chunks.feed(data)):
                self._unit(AccessUnit(picture, key=True, pts=round(now * 1_000_000), arrived=now))

    async def close(self) -> None:
        """Drop the connection."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            with contextlib.suppress(Exception):
                writer.transport.abort()

    async def _get(self) -> tuple[int, list[tuple[str, str]]]:
        url = self._url
        context = self._trust.context() if url.scheme == "https" else None
        try:
            self._reader, self._writer = await asyncio.open_connection(
                self._address, url.port, ssl=context, server_hostname=url.host if context else None, limit=READ_BYTES
            )
        except OSError as error:  # TLS's own among them
            raise tls_fault(url.place, error) from None
        if context is not None:
            self._trust.look(self._writer.transport)
        path = url.path if url.path.startswith("/") else f"/{url.path}"
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {url.place}",
            "User-Agent: Windsock",
            "Accept: */*",
            "Connection: close",
        ]
        login = self._login.header("GET", path)
        if login is not None:
            lines.append(f"Authorization: {login}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode("utf-8", "replace"))
        head = await self._reader.readuntil(b"\r\n\r\n")
        if len(head) > MOST_HEAD or not head.startswith(b"HTTP/1."):
            raise CameraError("malformed", "what answers there does not speak HTTP")
        first, *rest = head.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        status = read_number(words[1]) if len(words) > 1 else None
        if status is None:
            raise CameraError("malformed", "what answers there does not speak HTTP")
        pairs = (line.partition(":") for line in rest if line)
        return status, [(name.strip().lower(), value.strip()) for name, _, value in pairs]

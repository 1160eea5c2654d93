"""One RTSP connection: requests and their answers, and between them the camera's packets, cut out of one byte stream.

A protocol and not a stream reader: a 1080p camera sends 400 packets a second, and two awaits for each of them would cost more than all the rest of the way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from .fault import CameraError
from .number import read_number

__all__ = ["Answer", "RtspLink"]

MAX_HEAD: Final = 16 * 1024
MAX_BODY: Final = 64 * 1024
"""An SDP has 1 KB."""
DOLLAR: Final = 0x24
MOST_WAITING: Final = 8
"""Requests without an answer: past these, those that nobody waits for any more are forgotten."""


@dataclass(slots=True)
class Answer:
    """An RTSP response."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of this name, or nothing."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        """All headers of this name."""
        return [value for key, value in self.headers if key == name]


class RtspLink(asyncio.Protocol):
    """See the module. `packet(channel, bytes)` is called for each packet, `lost(error)` once at the end."""

    def __init__(self, packet: Callable[[int, bytes], None], lost: Callable[[CameraError], None]) -> None:
        self._packet = packet
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._seq = 0
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self.heard = 0.0
        """When bytes came last, on the loop's clock."""

    def request(self, method: str, url: str, headers: dict[str, str]) -> asyncio.Future[Answer]:
        """Send a request."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            future.set_exception(CameraError("closed", "the camera closed the connection"))
            return future
        self._seq += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._seq}", "User-Agent: Windsock"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if len(self._waiting) >= MOST_WAITING:
            self._waiting = {number: asked for number, asked in self._waiting.items() if not asked.done()}
        self._waiting[self._seq] = future
        self._transport.write("\r\n".join([*lines, "", ""]).encode("utf-8", "replace"))
        return future

    def close(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.heard = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        self.heard = asyncio.get_running_loop().time()
        data = self._rest + data if self._rest else data
        at, end = 0, len(data)
        try:
            while at < end:
                if data[at] == DOLLAR:
                    if end - at < 4:
                        break
                    size = data[at + 2] << 8 | data[at + 3]
                    if end - at < 4 + size:
                        break
                    self._packet(data[at + 1], data[at + 4 : at + 4 + size])
                    at += 4 + size
                    continue
                if data[at] in b"\r\n":
                    at += 1  # some cameras end an answer with more line ends than they should
                    continue
                taken = self._take_text(data, at)
                if taken == 0:
                    break
                at += taken
        except CameraError as error:
            self._fail(error)
            return
        self._rest = data[at:]

    def _take_text(self, data: bytes, at: int) -> int:
        """An answer, or a request of the camera's; how many bytes it takes, 0 if it is not whole yet."""
        head_end = data.find(b"\r\n\r\n", at)
        if head_end < 0:
            if len(data) - at > MAX_HEAD or not data[at : at + 1].isascii() or not data[at : at + 1].isalpha():
                raise CameraError("malformed", "what answers there does not speak RTSP")
            return 0
        lines = data[at:head_end].decode("utf-8", "replace").split("\r\n")
        headers = [
            (name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])
        ]
        length = read_number(next((value for name, value in headers if name == "content-length"), "0"))
        if length is None or length > MAX_BODY or head_end - at > MAX_HEAD:
            raise CameraError("malformed", "what answers there does not speak RTSP")
        body_end = head_end + 4 + length
        if len(data) < body_end:
            return 0
        if lines[0].startswith("RTSP/"):
            words = lines[0].split(" ", 2)
            status = read_number(words[1]) if len(words) > 1 else None
            if status is None:
                raise CameraError("malformed", "what answers there does not speak RTSP")
            answer = Answer(status, words[2] if len(words) > 2 else "", headers, data[head_end + 4 : body_end])
            number = read_number(answer.header("cseq"))
            # Some cameras forget to say which request they answer: they answer in order.
            future = self._waiting.pop(min(self._waiting, default=0) if number is None else number, None)
            if future is not None and not future.done():
                future.set_result(answer)
        elif not lines[0].rstrip().endswith(("RTSP/1.0", "RTSP/2.0")):
            raise CameraError("malformed", "what answers there does not speak RTSP")
        return body_end - at

    def _fail(self, error: CameraError) -> None:
        self._end(error)
        self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # a camera that hangs up gives no better reason
        self._end(CameraError("closed", "the camera closed the connection"))

    def _end(self, error: CameraError) -> None:
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(error)
                # Who waits may have been cancelled: then nobody is left to look.
                with contextlib.suppress(CameraError):
                    future.exception()
        lost, self._lost = self._lost, _nobody
        self._packet = _nothing
        lost(error)


def _nobody(error: CameraError) -> None:  # the owner was told already
    pass


def _nothing(channel: int, packet: bytes) -> None:  # what comes after the end
    pass

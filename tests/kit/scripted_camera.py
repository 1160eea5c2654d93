"""An RTSP camera on this loop that does what a test says, and otherwise what a good one does: real H.264, packet by packet, over TCP or TLS."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
import struct
from base64 import b64encode
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Self

import av
import numpy as np

from windsock.shared.feeds import FeedUrl

__all__ = ["CLOCK", "FPS", "Clip", "Request", "ScriptedCamera", "make_clip", "packetize"]

FPS = 25
CLOCK = 90_000


@dataclass(frozen=True)
class Clip:
    """Access units in the order of their decoding, each as its NAL units and its time in ticks."""

    units: list[tuple[list[bytes], int]]
    codec: str

    @property
    def parameter_sets(self) -> list[bytes]:
        return [nal for nal in self.units[0][0] if nal[0] & 0x1F in {7, 8}]


@cache
def make_clip(
    pictures: int = 50,
    *,
    b_pictures: int = 0,
    width: int = 320,
    height: int = 180,
    refresh: bool = False,
    number: int = 0,
) -> Clip:
    """Picture n is as bright as n, and after fifty as dark again: what comes out of a decoder says which it is.

    Args:
        pictures: how many.
        b_pictures: in a row, of those that refer to later ones, and are sent after these.
        width: of a picture.
        height: of a picture.
        refresh: no key picture but the first: the others are made anew bit by bit.
        number: of its parameter sets.
    """
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base, encoder.gop_size = FPS, Fraction(1, FPS), FPS
    encoder.options = {
        "preset": "ultrafast",
        "x264-params": f"bframes={b_pictures}:b-adapt=0:keyint={FPS}:scenecut=0:intra-refresh={int(refresh)}:sps-id={number}",
    }
    units: list[tuple[list[bytes], int]] = []
    packets: list[Any] = []
    for place in range(pictures):
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        planes[:height] = 20 + 4 * (place % 50)
        frame: Any = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = place
        packets += encoder.encode(frame)
    for packet in packets + list(encoder.encode(None)):
        data = bytes(packet).replace(b"\0\0\0\1", b"\0\0\1")
        nals = [nal for nal in data.split(b"\0\0\1") if nal]
        units.append((nals, packet.pts * CLOCK // FPS))
    return Clip(units, "H264")


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: dict[str, str]


@dataclass
class ScriptedCamera:
    """An async context manager. Everything may be set before, and while it runs."""

    clip: Clip = field(default_factory=make_clip)
    hangs_at: str = ""
    """A method that is never answered; or `mid-frame`: half a picture comes, and then nothing."""
    login: tuple[str, str] | None = None
    nonce_uses: int = 1_000
    """A nonce is stale after so many requests."""
    says_stale: bool = True
    channel: int = 0
    transport: str = ""
    """Instead of what a good camera answers."""
    session: str = "12345678"
    public: str = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
    statuses: dict[str, str] = field(default_factory=dict[str, str])
    """By method: answered with this status."""
    sdp: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """More headers in each answer."""
    first_stamp: int = 0
    begins_at: int = 0
    """Number of the picture that who asks is sent first: 1 is the one after a key picture."""
    fps: float = 100
    leaves_after: int = 0
    """Ends a connection after so many pictures; 0: never."""
    packet_bytes: int = 1_400
    tls: ssl.SSLContext | None = None
    between: bytes = b""
    """Sent before each picture."""
    requests: list[Request] = field(default_factory=list[Request])
    let_in: list[Request] = field(default_factory=list[Request])
    """Those of the requests that were not refused for want of a login."""

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.open = self.sent = 0
        self._nonce = 0
        self._uses = 0
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, user: str = "", password: str = "", host: str = "127.0.0.1") -> FeedUrl:
        return FeedUrl("rtsps" if self.tls else "rtsp", host, self.port, "/live", user, password)

    def methods(self) -> list[str]:
        return [request.method for request in self.requests]

    # --- one connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open += 1
        playing: asyncio.Task[None] | None = None
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    request = _read((await reader.readuntil(b"\r\n\r\n")).decode())
                    self.requests.append(request)
                    if request.method == self.hangs_at:
                        await reader.read()  # until the other one leaves
                        return
                    writer.write(self._answer(request))
                    await writer.drain()
                    if request.method == "PLAY" and playing is None:
                        playing = asyncio.create_task(self._play(writer))
                        self._tasks.add(playing)
        finally:
            self.open -= 1
            self._tasks.discard(task)
            if playing is not None:
                playing.cancel()
                self._tasks.discard(playing)
            writer.close()

    def _answer(self, request: Request) -> bytes:
        status, body = self.statuses.get(request.method, "200 OK"), ""
        headers = {"CSeq": request.headers.get("cseq", "0")} | self.headers
        if not self._lets_in(request, headers):
            status = "401 Unauthorized"
            return _pack(status, headers, "")
        self.let_in.append(request)
        if request.method == "OPTIONS":
            headers["Public"] = self.public
        elif request.method == "DESCRIBE":
            body = self.sdp or self._sdp()
        elif request.method == "SETUP":
            headers["Session"] = self.session
            headers["Transport"] = (
                self.transport or f"RTP/AVP/TCP;unicast;interleaved={self.channel}-{self.channel + 1};ssrc=1"
            )
        return _pack(status, headers, body)

    def _sdp(self) -> str:
        sets = ",".join(b64encode(nal).decode() for nal in self.clip.parameter_sets)
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=scripted\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
            f"a=rtpmap:96 H264/{CLOCK}\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:track1\r\n"
        )

    def _lets_in(self, request: Request, headers: dict[str, str]) -> bool:
        """Digest, as RFC 2617 has it without `qop`."""
        if self.login is None:
            return True
        given = request.headers.get("authorization", "")
        user, password = self.login
        right = _digest(user, password, f"nonce{self._nonce}", request)
        if f'response="{right}"' in given and self._uses < self.nonce_uses:
            self._uses += 1
            return True
        old = self._nonce > 0 and any(
            f'response="{_digest(user, password, f"nonce{number}", request)}"' in given
            for number in range(self._nonce + 1)
        )
        self._nonce, self._uses = self._nonce + 1, 0
        stale = ", stale=TRUE" if old and self.says_stale else ""
        headers["WWW-Authenticate"] = f'Digest realm="cam", nonce="nonce{self._nonce}"{stale}'
        return False

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        seq, turn, length, left = 0, 0, len(self.clip.units), self.leaves_after
        with contextlib.suppress(OSError):
            while True:
                for nals, ticks in self.clip.units[0 if turn else self.begins_at :]:
                    stamp = self.first_stamp + ticks + turn * length * CLOCK // FPS
                    packets = list(packetize(nals, seq, stamp, self.packet_bytes))
                    seq += len(packets)
                    data = self.between + b"".join(
                        struct.pack("!BBH", 0x24, self.channel, len(packet)) + packet for packet in packets
                    )
                    if self.hangs_at == "mid-frame" and turn:
                        writer.write(data[: len(data) // 2])
                        await asyncio.Event().wait()
                    writer.write(data)
                    self.sent += 1
                    await writer.drain()
                    await asyncio.sleep(1 / self.fps)
                    left -= 1
                    if left == 0:
                        writer.close()
                        return
                turn += 1


def packetize(nals: list[bytes], seq: int, stamp: int, most: int) -> list[bytes]:
    """RTP packets of one access unit, fragmented where they must be."""
    payloads: list[bytes] = []
    for nal in nals:
        if len(nal) <= most:
            payloads.append(nal)
            continue
        body = nal[1:]
        for at in range(0, len(body), most):
            flags = (0x80 if at == 0 else 0) | (0x40 if at + most >= len(body) else 0)
            payloads.append(bytes((nal[0] & 0xE0 | 28, flags | nal[0] & 0x1F)) + body[at : at + most])
    last = len(payloads) - 1
    return [
        struct.pack("!BBHII", 0x80, 96 | (0x80 if place == last else 0), (seq + place) & 0xFFFF, stamp & 0xFFFFFFFF, 1)
        + payload
        for place, payload in enumerate(payloads)
    ]


def _pack(status: str, headers: dict[str, str], body: str) -> bytes:
    lines = [f"{name}: {value}" for name, value in (headers | {"Content-Length": str(len(body))}).items()]
    return "\r\n".join([f"RTSP/1.0 {status}", *lines, "", body]).encode()


def _read(head: str) -> Request:
    first, *rest = head.split("\r\n")
    method, url, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in rest if line)
    return Request(method, url, {name.strip().lower(): value.strip() for name, _, value in pairs})


def _digest(user: str, password: str, nonce: str, request: Request) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    return md5(f"{md5(f'{user}:cam:{password}')}:{nonce}:{md5(f'{request.method}:{request.url}')}")

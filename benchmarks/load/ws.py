"""The viewer's side of WebSocket and Socket.IO, as little as a load needs: connect many at once, frames in and out."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["TEXT", "Frames", "client_frame", "connect"]

TEXT = 0x81
TOGETHER = 100  # connections that shake hands at the same time: within the backlog of any server
KEY = "d2luZHNvY2sgdmlld2VyIQ=="
HANDSHAKE_SECONDS = 20.0


def client_frame(kind: int, payload: bytes) -> bytes:
    """A frame as a client must send it: masked. A mask of zeros leaves the payload as it is."""
    size = len(payload)
    if size < 126:
        return bytes((kind, 0x80 | size)) + b"\0\0\0\0" + payload
    if size < 65536:
        return bytes((kind, 0xFE)) + size.to_bytes(2, "big") + b"\0\0\0\0" + payload
    return bytes((kind, 0xFF)) + size.to_bytes(8, "big") + b"\0\0\0\0" + payload


class Frames:
    """The payloads of the whole frames in some bytes; `rest` is what is left after the last of them."""

    def __init__(self, data: bytes) -> None:
        self.rest: bytes = data

    def __iter__(self) -> Iterator[bytes]:
        while len(self.rest) >= 2:
            data, length, begin = self.rest, self.rest[1] & 0x7F, 2
            if length >= 126:
                begin = 4 if length == 126 else 10
                if len(data) < begin:
                    return
                length = int.from_bytes(data[2:begin], "big")
            if len(data) < begin + length:
                return
            self.rest = data[begin + length :]
            yield data[begin : begin + length]


class _Handshake:
    """One connection on its way to being a viewer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=HANDSHAKE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data: bytes = b""

    def upgraded(self) -> None:
        """Read the answer to the upgrade request."""
        while b"\r\n\r\n" not in self.data:
            self._more()
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(f"no upgrade: {head!r} {self.data[:200]!r}")

    def frame(self, wanted: Callable[[bytes], bool]) -> bytes:
        """Read frames until one is wanted; what comes after it stays in `data`."""
        while True:
            frames = Frames(self.data)
            for payload in frames:
                if wanted(payload):
                    self.data = frames.rest
                    return payload
            self.data = frames.rest
            self._more()

    def _more(self) -> None:
        got = self.socket.recv(262144)
        if not got:
            raise ConnectionError(f"closed while shaking hands, after {self.data[:200]!r}")
        self.data += got


def connect(
    port: int, path: str, count: int, *, socketio: bool, watch: Sequence[str]
) -> list[tuple[socket.socket, bytes]]:
    """Connect `count` viewers, each step for many at a time. Gives the sockets, with what they have received past the handshake."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    watching = json.dumps(["watch", {"add": [{"id": name} for name in watch]}], separators=(",", ":")).encode()
    found: list[tuple[socket.socket, bytes]] = []
    while len(found) < count:
        batch = [_Handshake(port) for _ in range(min(TOGETHER, count - len(found)))]
        for one in batch:
            one.socket.sendall(request)
        for one in batch:
            one.upgraded()
        if socketio:
            for one in batch:
                one.frame(lambda payload: payload.startswith(b"0"))
                one.socket.sendall(client_frame(TEXT, b"40"))
            for one in batch:
                one.frame(lambda payload: payload.startswith(b"40"))
        if watch:
            for one in batch:
                one.socket.sendall(client_frame(TEXT, b"420" + watching))
            for one in batch:
                answer = one.frame(lambda payload: payload.startswith(b"430"))
                if b'"error"' in answer:
                    raise RuntimeError(f"refused to watch: {answer!r}")
        found.extend((one.socket, one.data) for one in batch)
    return found

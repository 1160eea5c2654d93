"""The least that a Python WebSocket server can do: a handshake by hand, one frame encoded a tick, written straight to every transport, on uvloop.

No framework, no Socket.IO, no answer to what a viewer sends. argv: port.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import sys
from typing import cast

import uvloop
from benchmarks.load.packet import packet_text
from benchmarks.peers.ticking import tick_when_told

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
viewers: set[asyncio.Transport] = set()


class Viewer(asyncio.Protocol):
    """A connection: upgraded by its first request, written to from then on."""

    def __init__(self) -> None:
        self._request = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the request."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Upgrade; whatever comes after that is not looked at."""
        transport = cast("asyncio.Transport", self._transport)
        if transport in viewers:
            return
        self._request += data
        if b"\r\n\r\n" in self._request:
            key = self._request.partition(b"Sec-WebSocket-Key:")[2].partition(b"\r\n")[0].strip()
            accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
            transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
                % accept
            )
            viewers.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Forget it."""
        if self._transport is not None:
            viewers.discard(self._transport)


async def tick() -> None:
    """Encode once, write to all."""
    payload = packet_text()
    frame = b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload
    for transport in viewers:
        transport.write(frame)


async def main() -> None:
    """Serve until killed."""
    await asyncio.get_running_loop().create_server(Viewer, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    gc.freeze()
    await tick_when_told(tick)


if __name__ == "__main__":
    uvloop.run(main())

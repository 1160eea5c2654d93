"""Reaches under uvicorn's public surface to write WebSocket frames, and chunks of an HTTP answer, straight to a viewer's transport. The only module that does.

Why: a packet that goes through python-socketio's queue, its writer task, the ASGI `send` and the WebSocket library's framing costs 57-125 µs of CPU; a
frame made once and written to the transport costs 10, of which 8 are the system call.

What it relies on, pinned to `uvicorn>=0.50,<0.55` in pyproject.toml and checked by tests/integration/relay/test_relay_conformance.py:
- `WebSocketsSansIOProtocol` keeps `transport`, and builds `scope` in `handle_connect` before the application runs;
- whatever the application sends is written whole before the coroutine `send` returns, unless the transport is paused;
- an HTTP answer without a length is chunked, and its head is written when it is started;
- `HttpToolsProtocol` (see `server`) begins each request with `_start_asgi_task`, keeps those that wait in `pipeline`, and a request learns from
  `disconnected` and `message_event` that its connection has ended;
- the WebSocket library keeps no state that a text frame sent past it would break (no compression, no fragments).

Without it (another server, or a version that differs) no wire is put into the scope, and `outlet` sends everything through python-socketio.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, cast

from typing_extensions import override
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["EXTENSION", "HTTP_EXTENSION", "Connection", "HttpWire", "Wire", "http_wire_of", "wire_of"]

EXTENSION: Final = "windsock.wire"
HTTP_EXTENSION: Final = "windsock.http_wire"
GOING_AWAY: Final = 1001
"""WebSocket's close code for a server that stops; clients come back by themselves."""
_TCP_NOTSENT_LOWAT: Final = getattr(socket, "TCP_NOTSENT_LOWAT", 25 if hasattr(socket, "SO_BINDTODEVICE") else None)

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


def _nothing_written(data: bytes) -> None:  # stands for transport.write
    pass


def _no_pieces_written(pieces: Iterable[bytes]) -> None:  # stands for transport.writelines
    pass


def _nothing_waits() -> int:
    return 0


def limit_unsent(transport: Any, size: int) -> None:
    """See `Wire.limit`."""
    transport.set_write_buffer_limits(high=size, low=size)
    connection = transport.get_extra_info("socket")
    if (
        _TCP_NOTSENT_LOWAT is not None
        and connection is not None
        and connection.family in {socket.AF_INET, socket.AF_INET6}
    ):
        # Without it the kernel takes up to 4 MB for a viewer that does not read, and the viewer sees minutes-old data when it reads again.
        connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, size)


class Wire:
    """A WebSocket's transport. `write`, `write_pieces` and `waiting` are the transport's own methods, without a layer in
    between; they do nothing once it is down.
    """

    __slots__ = ("_transport", "full", "on_full", "sending", "up", "waiting", "write", "write_pieces")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.up = False
        """Whether the handshake is done and nobody has begun to close."""
        self.full = False
        """Whether more is unsent than the limit allows."""
        self.on_full: Callable[[], None] | None = None
        """Called when it gets full or goes down: so nobody has to ask it before each write."""
        self.sending = 0
        """Messages of the application that are on their way through the ASGI `send`."""
        self.write: Callable[[bytes], None] = _nothing_written
        self.write_pieces: Callable[[Iterable[bytes]], None] = _no_pieces_written
        self.waiting: Callable[[], int] = _nothing_waits

    def counted(self, send: Send) -> Send:
        """The ASGI `send`, watched, so that nothing is written past what the application is just sending."""

        async def watched(message: Message) -> None:
            if message["type"] == "websocket.close":
                self.down()
            self.sending += 1
            try:
                await send(message)
            finally:
                self.sending -= 1
            if message["type"] == "websocket.accept" and not self._transport.is_closing():
                self.up = True
                self.write = self._transport.write
                self.write_pieces = self._transport.writelines
                self.waiting = self._transport.get_write_buffer_size

        return watched

    def limit(self, size: int) -> None:
        """Let the application's own sends wait, too, once so many bytes are unsent, and keep the kernel from hiding megabytes more."""
        limit_unsent(self._transport, size)

    def down(self) -> None:
        """Write no more."""
        self.up = False
        self.fill()
        self.write = _nothing_written
        self.write_pieces = _no_pieces_written
        self.waiting = _nothing_waits

    def fill(self) -> None:
        """It takes no more for now."""
        self.full = True
        if self.on_full is not None:
            self.on_full()

    def abort(self) -> None:
        """Drop the connection without waiting for what is unsent."""
        self.down()
        self._transport.abort()


class HttpWire:
    """The transport under an HTTP answer of unknown length, once its head is sent."""

    __slots__ = ("_transport", "up")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.up = True
        """Whether the connection stands."""

    def write(self, *parts: bytes) -> int:
        """Send more of the answer. How many bytes that is."""
        size = sum(map(len, parts))
        if self.up:
            self._transport.writelines((b"%x\r\n" % size, *parts, b"\r\n"))
        return size

    def waiting(self) -> int:
        """Bytes that wait to be sent."""
        return self._transport.get_write_buffer_size() if self.up else 0

    def limit(self, size: int) -> None:
        """As `Wire.limit`."""
        limit_unsent(self._transport, size)

    def abort(self) -> None:
        """Drop the connection without waiting for what is unsent."""
        self.up = False
        self._transport.abort()


class Connection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket connection, which shows its transport to the application in the ASGI scope."""

    wire: Wire | None = None

    @override
    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        scope = cast("dict[str, Any] | None", getattr(self, "scope", None))
        if scope is not None:
            self.wire = Wire(self.transport)
            scope["extensions"][EXTENSION] = self.wire

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        if self.wire is not None:
            self.wire.fill()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if self.wire is not None and self.wire.up:
            self.wire.full = False

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self.wire is not None:
            self.wire.down()
        super().connection_lost(exc)

    @override
    def shutdown(self) -> None:
        if self.wire is None or not self.wire.up:
            super().shutdown()
            return
        self.wire.down()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
        self.conn.send_close(GOING_AWAY)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()


def wire_of(scope: MutableMapping[str, Any]) -> Wire | None:
    """The wire that an ASGI scope carries, if the server is ours."""
    found = scope.get("extensions", {}).get(EXTENSION)
    return found if isinstance(found, Wire) else None


def http_wire_of(scope: MutableMapping[str, Any]) -> HttpWire | None:
    """The same, of an HTTP request."""
    found = scope.get("extensions", {}).get(HTTP_EXTENSION)
    return found if isinstance(found, HttpWire) else None

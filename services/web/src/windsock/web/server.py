"""uvicorn, as the web service runs it: inside a service that has its own signals, on a socket that is open already, stopped in an order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from windsock.shared.metrics import DROPPED
from windsock.shared.plainhttp import no_http
from windsock.shared.settings import Settings

from .fastwrite import HTTP_EXTENSION, Connection, HttpWire, http_wire_of
from .session import MAX_EVENT_BYTES

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

__all__ = ["WebServer"]

HEAD_BYTES: Final = 64 * 1024
"""uvicorn reads a request's headers without bound."""
MOST_PIPELINED: Final = 16
"""Requests that wait behind another on one connection. uvicorn would take all that one read brings: 14,000 of 18 bytes, each of which takes kilobytes."""
PIPELINED_SECONDS: Final = 5.0
"""So long may a request wait behind the same answer. Nothing is read meanwhile, not even that the other side is gone; and some answers never end."""
KEEP_ALIVE_SECONDS: Final = 65
DATE_SECONDS: Final = 1.0
CLOSE_SECONDS: Final = 1
"""A viewer that does not read gets so long for its close frame."""


def _not_what_viewers_cause(record: logging.LogRecord) -> bool:
    """Keeps out of the log, as errors, what anybody can cause from outside: frames that are no text, and a WebSocket refused with an HTTP answer."""
    return not record.getMessage().startswith(("Invalid UTF-8 sequence", "ASGI callable returned without completing"))


class HttpConnection(HttpToolsProtocol):
    """uvicorn's HTTP connection, with limits to a request's head and to those that wait behind it; it shows its transport to the application.

    The end of a connection is told to the request that is being answered: uvicorn tells only the one that came last.
    """

    tcp_port = 8010
    _head = 0
    _answered: RequestResponseCycle | None = None
    """The request that is being answered, or was the last."""
    _overdue: asyncio.TimerHandle | None = None

    @override
    def on_message_begin(self) -> None:
        self._head = 0
        super().on_message_begin()

    @override
    def on_url(self, url: bytes) -> None:
        self._grow(len(url))
        super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        self._grow(len(name) + len(value))
        super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            self._drop_pipelined()
            return
        super().on_headers_complete()
        # The application begins only after this.
        extensions = cast("dict[str, Any]", self.scope.setdefault("extensions", {}))
        extensions[HTTP_EXTENSION] = HttpWire(self.transport)
        if self.pipeline and self._overdue is None:
            self._overdue = self.loop.call_later(PIPELINED_SECONDS, self._look_behind, self._answered)

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    @override
    def handle_websocket_upgrade(self) -> None:
        if self._answered is not None and not self._answered.response_complete:
            self._drop_pipelined()  # the connection would be the WebSocket's, and its end never be told to the answer
            return
        super().handle_websocket_upgrade()

    def _look_behind(self, answered: RequestResponseCycle | None) -> None:
        """Some time ago requests waited behind this one."""
        self._overdue = None
        if self.pipeline and self._answered is answered:
            self._drop_pipelined()
        elif self.pipeline:
            self._overdue = self.loop.call_later(PIPELINED_SECONDS, self._look_behind, self._answered)

    def _drop_pipelined(self) -> None:
        if not self.transport.is_closing():
            DROPPED.labels("pipelined").inc()
            self.transport.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
        answered = self._answered
        if answered is not None:
            wire = http_wire_of(cast("dict[str, Any]", answered.scope))
            if wire is not None:
                wire.up = False
            if not answered.response_complete:
                answered.disconnected = True
            answered.message_event.set()
        super().connection_lost(exc)

    @override
    def send_400_response(self, msg: str) -> None:
        self.transport.write(no_http(self.tcp_port))
        self.transport.close()

    def _grow(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_BYTES:
            self.transport.abort()


class WebServer(uvicorn.Server):
    """See the module."""

    def __init__(self, app: Any, listener: socket.socket, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http=type("Http", (HttpConnection,), {"tcp_port": settings.tcp_port}),
                ws=Connection,
                ws_max_size=MAX_EVENT_BYTES,
                ws_per_message_deflate=False,  # packets are made once for all; deflate would be done for each, and keep 64 KB a viewer
                ws_ping_interval=None,  # Engine.IO has a heartbeat
                interface="asgi3",
                lifespan="off",  # the parts are started by __main__; socketio.ASGIApp would swallow the lifespan of an app inside it
                log_config=None,
                log_level="warning",  # it would log each viewer that connects
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=CLOSE_SECONDS,
                limit_concurrency=2 * settings.max_viewers + 256,  # a viewer over long polling holds two
            )
        )
        logging.getLogger("uvicorn.error").addFilter(_not_what_viewers_cause)
        self._listener = listener
        self._stop = asyncio.Event()
        self._ended = asyncio.Event()

    async def run_here(self) -> None:
        """Serve until `close`."""
        try:
            await self.serve(sockets=[self._listener])
        finally:
            self._ended.set()

    async def close(self) -> None:
        """Take nobody any more, close all connections; return when that is done."""
        self._stop.set()
        await self._ended.wait()

    @override
    async def main_loop(self) -> None:
        """Wait until `close`; keep the Date header right meanwhile. uvicorn's own wakes ten times a second."""
        while not self._stop.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DATE_SECONDS):
                    await self._stop.wait()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

"""uvicorn, as the web service runs it: inside a service that has its own signals, on a socket that is open already, stopped in an order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Generator
from typing import Any, Final, cast

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from windsock.shared.plainhttp import no_http
from windsock.shared.settings import Settings

from .fastwrite import HTTP_EXTENSION, Connection, HttpWire
from .session import MAX_EVENT_BYTES

__all__ = ["WebServer"]

HEAD_BYTES: Final = 64 * 1024
"""uvicorn reads a request's headers without bound."""
KEEP_ALIVE_SECONDS: Final = 65
DATE_SECONDS: Final = 1.0
CLOSE_SECONDS: Final = 1
"""A viewer that does not read gets so long for its close frame."""


def _not_what_viewers_cause(record: logging.LogRecord) -> bool:
    """Keeps out of the log, as errors, what anybody can cause from outside: frames that are no text, and a WebSocket refused with an HTTP answer."""
    return not record.getMessage().startswith(("Invalid UTF-8 sequence", "ASGI callable returned without completing"))


class HttpConnection(HttpToolsProtocol):
    """uvicorn's HTTP connection, with a limit to a request's head; it shows its transport to the application."""

    tcp_port = 8010
    _head = 0
    _wire: HttpWire | None = None

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
        super().on_headers_complete()
        # The application begins only after this.
        extensions = cast("dict[str, Any]", self.scope.setdefault("extensions", {}))
        self._wire = HttpWire(self.transport)
        extensions[HTTP_EXTENSION] = self._wire

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._wire is not None:
            self._wire.up = False
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

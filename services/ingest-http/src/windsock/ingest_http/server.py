"""uvicorn inside a service of ours: it listens where we say, ends when we say, and lets nobody hold a connection for nothing.

uvicorn has no limit of its own for a request that comes in drop by drop, so its protocol is watched here: a request must arrive at a least pace.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from windsock.shared.errors import Code, WindsockError
from windsock.shared.listen import BACKLOG
from windsock.shared.metrics import CONNECTIONS, DROPPED, REFUSED

from .exchange import error_answer, send_answer

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator

    from windsock.shared.settings import Settings

    from .app import App
    from .exchange import Receive, Scope, Send

__all__ = ["HttpServer"]

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 20.0
PACE: Final = 16 * 1024
"""A request may take `GRACE_SECONDS`, and a second more for each so many bytes of it: 128 kbit/s are enough for a picture from a phone."""
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than publishers that send once a minute wait."""
CROWD: Final = 2
"""Past `max_connections` publishers are told so; past this many times as many they are cut off."""

_OPEN: Final = CONNECTIONS.labels("http")


class WatchedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, that knows since when its present request has been coming in."""

    most_connections = 1000

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.received = 0
        self.since: float | None = self.loop.time()
        count = len(self.connections)
        _OPEN.set(count)
        if count > self.most_connections:
            REFUSED.labels("http", Code.TOO_MANY_CONNECTIONS.value).inc()
            if count > CROWD * self.most_connections:
                transport.abort()
            self.app = cast("Any", _too_many)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        _OPEN.set(len(self.connections))

    @override
    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.received = 0
        self.since = self.loop.time()

    @override
    def on_message_complete(self) -> None:
        self.since = None
        super().on_message_complete()

    def look(self, now: float) -> None:
        """Cut the connection if its request comes in too slowly."""
        if self.since is not None and now - self.since > GRACE_SECONDS + self.received / PACE:
            DROPPED.labels("connection_slow").inc()
            self.transport.abort()


async def _too_many(_scope: Scope, _receive: Receive, send: Send) -> None:
    error = WindsockError(Code.TOO_MANY_CONNECTIONS, "there are as many connections as there may be")
    await send_answer(send, error_answer(error), [(b"connection", b"close")])


class _Server(uvicorn.Server):
    """Leaves the signals to the service."""

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Generator[None]:
        yield


class HttpServer:
    """The server of one application, on one socket."""

    def __init__(self, app: App, listener: socket.socket, settings: Settings) -> None:
        protocol = type("Protocol", (WatchedProtocol,), {"most_connections": settings.max_connections})
        config = uvicorn.Config(
            cast("Any", app),
            http=protocol,
            ws="none",
            loop="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds * 0.75)),
        )
        self._listener = listener
        self._server = _Server(config)
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Serve until `stop`."""
        host, port, *_ = self._listener.getsockname()
        log.info("http: listening on %s, port %d", host, port)
        try:
            await self._server.serve([self._listener])
        finally:
            self._ended.set()

    async def look_after(self) -> None:
        """Look at all connections once a second, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            for connection in list(self._server.server_state.connections):
                if isinstance(connection, WatchedProtocol):
                    connection.look(now)

    async def stop(self) -> None:
        """Take no more requests; return when those that came are answered."""
        self._server.should_exit = True
        await self._ended.wait()

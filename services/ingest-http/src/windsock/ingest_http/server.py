"""uvicorn inside a service of ours: it listens where we say, and ends when we say."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn
from typing_extensions import override

from windsock.shared.listen import BACKLOG

from .hot import MOST_HOT, HotProtocol
from .watched import WatchedProtocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator

    from windsock.shared.settings import Settings

    from .app import App

__all__ = ["HttpServer"]

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.01
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than publishers that send once a minute wait."""


class _Server(uvicorn.Server):
    """Leaves the signals to the service, and waits to be stopped instead of looking ten times a second whether it is."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._asked = asyncio.Event()

    def stop(self) -> None:
        """Ask it to end."""
        self.should_exit = True
        self._asked.set()

    @override
    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # which renews the Date header
            try:
                async with asyncio.timeout(1.0):
                    await self._asked.wait()
            except TimeoutError:
                continue

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, end those that wait for a request, and give the others time for the one that they are at."""
        for server in self.servers:
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while state.connections or state.tasks:  # noqa: ASYNC110  # uvicorn has no event for it
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            log.warning("%d connections did not end in time", len(state.connections))
            for task in list(state.tasks):
                task.cancel()

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Generator[None]:
        yield


class HttpServer:
    """The server of one application, on one socket. `fast=False` goes without `HotProtocol`, and does the same more slowly."""

    def __init__(self, app: App, listener: socket.socket, settings: Settings, *, fast: bool = True) -> None:
        base = HotProtocol if fast else WatchedProtocol
        limits: dict[str, object] = {
            "most_connections": settings.max_connections,
            "most_per_address": settings.max_connections_per_address,
            "of_address": {},
            "proxies": app.proxies,
            "tcp_port": settings.tcp_port,
            "most_hot": min(MOST_HOT, settings.max_large_message),
        }
        protocol = type("Protocol", (base,), limits)
        config = uvicorn.Config(
            cast("Any", app),
            http=cast("Any", protocol),
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
        self._server.stop()
        await self._ended.wait()

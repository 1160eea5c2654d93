"""A port: its listening socket, its intake, its connections and their limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import Code, WindsockError
from windsock.shared.listen import BACKLOG
from windsock.shared.metrics import CONNECTIONS, DROPPED
from windsock.shared.proxies import Proxies
from windsock.shared.refusals import RefusalLog
from windsock.shared.runtime import now_ms
from windsock.shared.settings import is_loopback

from .connection import Connection, Splitter

if TYPE_CHECKING:
    import socket

    from windsock.shared.intake import Intake
    from windsock.shared.settings import Settings

__all__ = ["Door"]

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
CLOSE_SECONDS: Final = 0.5
MOST_LINGERING: Final = 256
"""Connections that were turned away and whose end is awaited. More are dropped without ceremony."""


class Door:
    """One port.

    Args:
        settings: limits and the publish key.
        intake: where its messages go.
        splitter: makes a connection's splitter.
        proxies: who speaks for others.
    """

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        splitter: Callable[[], Splitter],
        proxies: Proxies | None = None,
    ) -> None:
        self.settings: Final = settings
        self.intake: Final = intake
        self.splitter: Final = splitter
        self.proxies: Final = Proxies(settings.trusted_proxies) if proxies is None else proxies
        self.large: Final = intake.way == "tcp_large"
        """Whether messages come with their length in front."""
        self.refusals: Final = RefusalLog(intake.way)
        self.open_to_all: Final = settings.publish_key is None
        self.connections: Final[set[Connection]] = set()
        self.of_address: dict[str, int] = {}
        """Connections of each address; of this machine's own none are counted."""
        self._turned_away: set[Connection] = set()
        self.unfinished = 0
        """Bytes that all connections hold of unfinished messages."""
        self._server: asyncio.Server | None = None
        self._left = asyncio.Event()
        self._gauge = CONNECTIONS.labels(intake.way)

    # --- life

    async def open(self, listener: socket.socket) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), sock=listener, backlog=BACKLOG)
        host, port, *_ = listener.getsockname()
        log.info("%s: listening on %s, port %d", self.intake.way, host, port)

    async def look_after(self) -> None:
        """Look at all connections once a second, until cancelled: who has been silent for too long, who has errors that were not told."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._look(loop.time(), now_ms())

    def _look(self, clock: float, now: int) -> None:
        idle = clock - self.settings.tcp_idle
        for connection in list(self.connections):
            connection.tidy(now)
            if connection.active or connection.held:
                connection.active = False
                connection.heard = clock
            elif connection.heard < idle:
                DROPPED.labels("connection_idle").inc()
                connection.end()

    async def stop_listening(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    async def stop_reading(self) -> None:
        """Read no more; what was read is taken in."""
        for connection in list(self.connections):
            connection.end()

    async def close(self) -> None:
        """Close what is still open, without a reset where the publisher leaves in time."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                while self.connections or self._turned_away:
                    self._left.clear()
                    await self._left.wait()
        except TimeoutError:
            log.info("%s: %d publishers did not leave in time", self.intake.way, len(self.connections))
        finally:
            for connection in [*self.connections, *self._turned_away]:
                connection.abort()

    # --- connections

    def enter(self, connection: Connection) -> WindsockError | None:
        """A publisher came; or why it can't stay."""
        if len(self.connections) < self.settings.max_connections:
            self.connections.add(connection)
            self._gauge.set(len(self.connections))
            return None
        error = WindsockError(
            Code.TOO_MANY_CONNECTIONS, f"there are {self.settings.max_connections} connections already"
        )
        return self._refuse(connection, error)

    def admit(self, connection: Connection, address: str) -> WindsockError | None:
        """It is known where a publisher is; or why it can't stay."""
        connection.address = address
        if is_loopback(address):
            return None
        count, most = self.of_address.get(address, 0), self.settings.max_connections_per_address
        if count < most:
            self.of_address[address] = count + 1
            connection.counted = True
            return None
        error = WindsockError(Code.TOO_MANY_CONNECTIONS, f"there are {most} connections from {address} already")
        self.connections.discard(connection)
        self._gauge.set(len(self.connections))
        return self._refuse(connection, error)

    def _refuse(self, connection: Connection, error: WindsockError) -> WindsockError:
        self.intake.count_refused(error)
        self._turned_away.add(connection)
        if len(self._turned_away) > MOST_LINGERING:
            connection.abort()
        return error

    def leave(self, connection: Connection) -> None:
        """A publisher left."""
        self._turned_away.discard(connection)
        self.connections.discard(connection)
        if connection.counted:
            connection.counted = False
            left = self.of_address[connection.address] - 1
            if left:
                self.of_address[connection.address] = left
            else:
                del self.of_address[connection.address]
        self._gauge.set(len(self.connections))
        self.unfinished -= connection.unfinished
        connection.unfinished = 0
        self._left.set()

    def admits(self, key: str | None) -> bool:
        """Whether a greeting with this key admits to publish without showing it again.

        Raises:
            WindsockError: `unauthorized`: the key is wrong.
        """
        if key is None:
            return self.open_to_all
        if not self.settings.key_fits(key):
            raise WindsockError(Code.UNAUTHORIZED, "hello: the publish key is wrong")
        return True

    def account(self, connection: Connection, unfinished: int, *, began: bool) -> None:
        """Keep count of the bytes that all hold of unfinished messages.

        Past the limit, who has been at one message for longest must go: it is the one that does not make progress.
        """
        self.unfinished += unfinished - connection.unfinished
        connection.unfinished = unfinished
        if began:
            connection.unfinished_since = now_ms()
        while self.unfinished > self.settings.max_unfinished:
            slowest = min(
                (each for each in self.connections if each.unfinished), key=lambda each: each.unfinished_since
            )
            error = WindsockError(
                Code.TOO_MANY_REQUESTS, "too many messages are unfinished, and this one has been for longest"
            )
            self.intake.count_refused(error)
            self.unfinished -= slowest.unfinished
            slowest.unfinished = 0
            slowest.turn_away(error)

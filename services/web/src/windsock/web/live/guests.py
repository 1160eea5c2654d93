"""Other programs as viewers: let in while there is room for one more, given the ticks that boards get, and missed when they go."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Generator, Mapping
from itertools import count
from typing import Final

from windsock.shared.errors import Code, WindsockError
from windsock.shared.runtime import now_ms
from windsock.web import packet
from windsock.web.hub import Hub
from windsock.web.metrics import GUESTS, REFUSED_VIEWERS
from windsock.web.session import Sessions
from windsock.web.viewer import Claim, Viewer

from .outlets import EventOutlet, PlainOutlet

__all__ = ["Guests"]

BEAT_SECONDS: Final = 15.0
"""Less than the 30 s after which the impatient among proxies close a connection that is silent."""


class Guests:
    """See the module. `run` it."""

    def __init__(self, hub: Hub, sessions: Sessions, max_viewers: int) -> None:
        self.hub: Final = hub
        self.closing: Final = asyncio.Event()
        """Set when the service stops: answers are brought to their end."""
        self._sessions = sessions
        self._max_viewers = max_viewers
        self._outlets: dict[Viewer, EventOutlet | PlainOutlet] = {}
        self._by_way: Counter[str] = Counter()
        self._numbers = count(1)

    def check(self) -> None:
        """Whether one more may come.

        Raises:
            WindsockError: `too_many_connections`.
        """
        if self.closing.is_set() or self._sessions.full():
            REFUSED_VIEWERS.labels("closing" if self.closing.is_set() else Code.TOO_MANY_CONNECTIONS.value).inc()
            raise WindsockError(
                Code.TOO_MANY_CONNECTIONS, f"{self._max_viewers} viewers are connected already (WINDSOCK_MAX_VIEWERS)"
            )

    @contextlib.contextmanager
    def place(self, way: str) -> Generator[None]:
        """Room for one more, taken as long as this is open: what is only checked, others may take while we wait for something.

        Raises:
            WindsockError: as `check`.
        """
        self.check()
        self._count(way, 1)
        try:
            yield
        finally:
            self._count(way, -1)

    @contextlib.contextmanager
    def seat(
        self, way: str, outlet: EventOutlet | PlainOutlet, watch: Mapping[str, Claim | None] | None = None
    ) -> Generator[Viewer]:
        """A viewer, as long as this is open, that watches these streams. It has a `place`.

        Raises:
            WindsockError: `too_many_streams`.
        """
        viewer = Viewer(f"{way} {next(self._numbers)}", outlet, asyncio.get_running_loop().time())
        self._outlets[viewer] = outlet
        try:
            self.hub.join(viewer)
            if watch:
                self.hub.watch(viewer, watch, ())
            yield viewer
        finally:
            del self._outlets[viewer]
            self.hub.leave(viewer)

    def _count(self, way: str, change: int) -> None:
        self._by_way[way] += change
        self._sessions.guests += change
        GUESTS.labels(way).set(self._by_way[way])

    async def run(self) -> None:
        """Let each hear something from time to time, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            beat = packet.event("ping", {"time": now_ms()})
            for outlet in self._outlets.values():
                if outlet.room(0):
                    outlet.beat(beat)

    async def stop(self) -> None:
        """End all answers; WebSockets are closed by the server."""
        self.closing.set()

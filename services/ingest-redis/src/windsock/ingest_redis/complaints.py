"""Tells of refused messages on a channel: publishers that write to Redis have no connection of ours on which they could be told.

Bounded: at most so many a second, then one that says how many more there were. So a flood of bad messages does not become a flood of complaints.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from windsock.shared import codec
from windsock.shared.errors import WindsockError
from windsock.shared.metrics import DROPPED

if TYPE_CHECKING:
    from windsock.shared.broker import RedisBroker

__all__ = ["Complaints"]

log = logging.getLogger(__name__)

A_WINDOW: Final = 10
WINDOW_SECONDS: Final = 1.0


class Complaints:
    """One process's; `run` it."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker
        self._lines: list[bytes] = []
        self._unsaid = 0
        self._last: WindsockError | None = None
        self._some = asyncio.Event()

    def tell(self, way: str, where: str, error: WindsockError) -> None:
        """A message was refused. `where`: its channel's stream, or its inbox entry."""
        self._some.set()
        if len(self._lines) < A_WINDOW:
            self._lines.append(codec.encode({"error": _told(error), "way": way, "where": where[:128]}))
        else:
            self._unsaid += 1
            self._last = error

    async def run(self) -> None:
        """Publish what there is to tell, once a second at the most, until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            lines, self._lines = self._lines, []
            if self._last is not None:
                lines.append(codec.encode(self._summary(self._last)))
                self._last = None
            try:
                await self._broker.call(*(("PUBLISH", self._broker.keys.refused, line) for line in lines))
            except WindsockError as error:
                log.debug("%d complaints were not told: %s", len(lines), error.message)
                DROPPED.labels("error_line").inc(len(lines))
            await asyncio.sleep(WINDOW_SECONDS)

    def _summary(self, last: WindsockError) -> dict[str, Any]:
        wire = _told(last)
        wire["message"] = f"{self._unsaid} more errors; the last: {wire['message']}"
        DROPPED.labels("error_line").inc(self._unsaid)
        self._unsaid = 0
        return {"error": wire}


def _told(error: WindsockError) -> dict[str, Any]:
    """The error without what it quotes of the message: all who listen read it, and that may be the key."""
    return {"code": error.code.value, "message": error.message}

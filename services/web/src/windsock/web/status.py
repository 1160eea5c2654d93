"""Whether the broker is there, as viewers are told it: what the subscription says at once, what the pings say within a second."""

from __future__ import annotations

from collections.abc import Callable

from windsock.shared.runtime import now_ms

from . import packet

__all__ = ["Status"]


class Status:
    """See the module."""

    def __init__(self, problem: Callable[[], str | None]) -> None:
        self.number = 1
        """Counts the changes."""
        self.up = False
        self.since = now_ms()
        self._linked = False
        self._problem = problem
        self.packet = self._encode()

    def link(self, *, up: bool) -> None:
        """The subscription came up or went down."""
        self._linked = up
        self._set(up=up)

    def refresh(self) -> bool:
        """Take the pings into account. True if something changed."""
        return self._set(up=self._linked and self._problem() is None)

    def _set(self, *, up: bool) -> bool:
        if up is self.up:
            return False
        self.up = up
        self.since = now_ms()
        self.number += 1
        self.packet = self._encode()
        return True

    def _encode(self) -> packet.Packet:
        return packet.event("status", {"broker": "up" if self.up else "down", "since": self.since})

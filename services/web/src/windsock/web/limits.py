"""How often a viewer may ask for something."""

from __future__ import annotations

from typing import Final

__all__ = ["EVENTS_AT_ONCE", "EVENTS_PER_SECOND", "Bucket"]

EVENTS_PER_SECOND: Final = 200.0
"""A board that shows ten image streams at 15 Hz acknowledges 150 pictures a second; nobody needs more."""
EVENTS_AT_ONCE: Final = 400.0


class Bucket:
    """A token bucket."""

    __slots__ = ("_at", "_left")

    def __init__(self, now: float) -> None:
        self._left = EVENTS_AT_ONCE
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more event may pass."""
        self._left = min(EVENTS_AT_ONCE, self._left + (now - self._at) * EVENTS_PER_SECOND)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

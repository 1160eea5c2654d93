"""What a viewer's line carries, judged by how long it takes to show what it was sent. Pure.

A line that takes longer than a second for a frame gets small pictures, and nothing else, so that it sees the world of a second ago and not of ten. When it has
been quick for a while, it is tried again with what it asked for; each time that fails, it is left alone for twice as long.
"""

from __future__ import annotations

from typing import Final

__all__ = ["SLOW_SECONDS", "Line"]

SLOW_SECONDS: Final = 1.0
QUICK_SECONDS: Final = 0.3
REST_SECONDS: Final = 10.0
MOST_REST_SECONDS: Final = 160.0
RELAPSE_SECONDS: Final = 30.0
FIRST_BYTES: Final = 128 * 1024
"""Under way before anything is known of the line: at 50 kB/s this is 2.6 s."""
MOST_BYTES: Final = 512 * 1024
"""Under way of the camera's own stream: about a second of 1080p."""


class Line:
    """Of one viewer. Times are on the loop's clock."""

    def __init__(self) -> None:
        self.slow = False
        self._known = False
        self._rest = REST_SECONDS
        self._quick_since: float | None = None
        self._back_at = float("-inf")

    @property
    def room(self) -> int:
        """Bytes of the camera's own stream that may be under way."""
        return MOST_BYTES if self._known else FIRST_BYTES

    def took(self, seconds: float, now: float) -> bool:
        """A frame took so long, or takes so long already. Whether that changes what the line gets."""
        self._known = self._known or seconds < SLOW_SECONDS
        if seconds > SLOW_SECONDS:
            self._quick_since = None
            if self.slow:
                return False
            self.slow = True
            self._rest = (
                min(MOST_REST_SECONDS, 2 * self._rest) if now - self._back_at < RELAPSE_SECONDS else REST_SECONDS
            )
            return True
        if not self.slow:
            return False
        if seconds > QUICK_SECONDS:
            self._quick_since = None
            return False
        self._quick_since = now if self._quick_since is None else self._quick_since
        if now - self._quick_since < self._rest:
            return False
        self.slow, self._back_at, self._quick_since = False, now, None
        return True

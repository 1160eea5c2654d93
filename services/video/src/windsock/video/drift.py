"""Whether pictures come later than they were made: the camera's clock against ours. Pure.

The least delay that was seen counts as none. A backlog (a worker that was stopped for a moment, a network that stood still) shows as a delay above it, however
fast the pictures come; what is more than a second behind is let go up to the next key picture.
"""

from __future__ import annotations

from typing import Final

__all__ = ["Drift"]

LATE_SECONDS: Final = 1.0
LEAK: Final = 0.001
"""Of a second each second: clocks differ by less, and a delay that stays is the line's own after all."""
MOST_SECONDS: Final = 5.0
"""Late for so long, it is no backlog: the camera's clock was set anew, or the line has become longer."""
BACK_SECONDS: Final = 1.0
"""No picture is older than the last by so much, not even where they come out of order: the camera's clock was set back."""
TRUST_SECONDS: Final = 30.0
"""A camera that seems late for MOST_SECONDS, and again within this, has a clock that runs wrong, or none: its pictures would come and go for ever."""
STANDS: Final = 5
"""Pictures in a row of one and the same time: the camera has no clock."""


class Drift:
    """Told of each picture in order; says which to let go."""

    def __init__(self) -> None:
        self._least: float | None = None
        self._at = 0.0
        self._late_since: float | None = None
        self._pts = 0.0
        self._reset_at: float | None = None
        self._trusted = True
        self._same = 0
        self.stands = False
        """Whether the camera's clock stands still: its pictures' times say nothing."""

    def lets_go(self, arrived: float, pts: int, *, key: bool) -> bool:
        """Whether a picture is too late to be shown. After one that was, all up to a key picture in time are."""
        if not self._trusted:
            return False
        made = pts / 1_000_000
        self._same = self._same + 1 if made == self._pts else 0
        if self._same >= STANDS:
            self._trusted, self.stands = False, True
            return False
        delay, back, self._pts = arrived - made, made < self._pts - BACK_SECONDS, made
        if self._least is None or delay < self._least or back:
            self._least = delay
        else:
            self._least += LEAK * max(0.0, arrived - self._at)
        self._at = arrived
        late = delay - self._least > LATE_SECONDS
        if late and self._late_since is not None and arrived - self._late_since > MOST_SECONDS:
            self._least, late = delay, False
            self._trusted = self._reset_at is None or arrived - self._reset_at > TRUST_SECONDS
            self._reset_at = arrived
        if not late and (key or self._late_since is None):
            self._late_since = None
            return False
        if self._late_since is None:
            self._late_since = arrived
        return True

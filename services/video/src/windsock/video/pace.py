"""Whether fewer pictures go out than are wanted, though the camera sends enough of them, and who holds them up. Pure: it is told what happens and the time.

What the camera itself leaves out is nobody's fault here, nor is what comes in bursts over a bad line: pictures are held up by this machine only where one was
due and nobody had time for it, and by the broker only where they were made and not taken. Judged over some seconds, with a margin between saying and unsaying.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = ["ENOUGH", "Behind", "Pace"]

TOO_FEW: Final = 0.7
"""Share of what could go out: fewer is clearly fewer, to whoever looks."""
ENOUGH: Final = 0.85
WINDOW_SECONDS: Final = 4.0
WINDOW_PICTURES: Final = 8
"""A window is as long as so many take: one more or less must not count as a change."""
SAID_AFTER: Final = 2.0
UNSAID_AFTER: Final = 4.0
NEWS: Final = 0.15
"""A figure that was said stays until it is wrong by more than this share: one that changes all the time is not read."""


@dataclass(frozen=True, slots=True)
class Behind:
    """So many pictures a second go out; held up by the broker, or else by this machine."""

    rate: float
    at_broker: bool


class Mark(NamedTuple):
    """The counts of a moment."""

    at: float
    came: int
    made: int
    sent: int
    held: int
    late: float


def _steady(said: float, found: float) -> float:
    """What to say: what was said, as long as that is about right."""
    if said and math.isfinite(said) and abs(found - said) <= NEWS * said:
        return said
    return float(round(found)) if found >= 3 else round(found, 1)


class Pace:
    """See the module. The counts are for its owner to raise."""

    def __init__(self) -> None:
        self.came = 0
        """Pictures of the camera. Never any: the source gives one whenever it is asked."""
        self.made = 0
        self.sent = 0
        self.held = 0
        """Pictures that were due when nobody had time for them."""
        self.camera = math.inf
        """Pictures a second that the camera sends, as far as is known."""
        self.behind: Behind | None = None
        self._late = 0.0
        self._squeezed = False
        self._wanted: float | None = None
        self._marks: deque[Mark] = deque()
        self._figure_at = 0.0
        self._few_since: float | None = None
        self._enough_since: float | None = None

    def look(self, now: float, wanted: float | None, late: float, *, squeezed: bool = False) -> None:
        """Judge. To be called several times a second.

        Args:
            now: on any clock that does not go back.
            wanted: pictures a second that are to go out at the moment; None if none are.
            late: by how much this call comes later than was planned: time that this process did not get.
            squeezed: whether this process is known to get too little: what does not come may be for want of reading it, then.
        """
        self._squeezed = squeezed
        self._late += max(0.0, late)
        if wanted != self._wanted:
            self._wanted = wanted
            self._marks.clear()
            self._few_since = self._enough_since = None
        if wanted is None:
            self.behind = None
        marks = self._marks
        marks.append(Mark(now, self.came, self.made, self.sent, self.held, self._late))
        span = max(WINDOW_SECONDS, WINDOW_PICTURES / min(wanted or math.inf, self.camera, 1e3))
        while len(marks) > 2 and marks[1].at <= now - span:
            marks.popleft()
        first, last = marks[0], marks[-1]
        if now - first.at >= span:
            self._judge(first, last, wanted, len(marks) - 1)

    def _judge(self, first: Mark, last: Mark, wanted: float | None, looks: int) -> None:
        seconds = last.at - first.at
        came, made, sent, held = (
            (getattr(last, name) - getattr(first, name)) / seconds for name in ("came", "made", "sent", "held")
        )
        late = (last.late - first.late) / looks
        possible = min(wanted or math.inf, self.camera)
        # One that is due late by the time between two of them may as well not have been due.
        starved = (held > 0 and held >= (possible - made) / 2) or late * min(possible, 1e3) > 1
        if self.came:
            found = _steady(self.camera, came)
            if not (starved or self._squeezed) or found > self.camera or self.camera == math.inf:
                self.camera = found
        if wanted is None:
            return
        possible = min(wanted, self.camera)
        at_broker = made > sent / TOO_FEW
        few = sent < TOO_FEW * possible and (at_broker or starved)
        now = last.at
        if few:
            self._enough_since = None
            self._few_since = now if self._few_since is None else self._few_since
            if self.behind is None:
                if now - self._few_since >= SAID_AFTER:
                    self.behind, self._figure_at = Behind(_steady(0.0, sent), at_broker), now
            elif now - self._figure_at >= WINDOW_SECONDS:
                self.behind, self._figure_at = Behind(_steady(self.behind.rate, sent), at_broker), now
            return
        self._few_since = None
        if self.behind is None or sent < ENOUGH * possible:
            self._enough_since = None
            return
        self._enough_since = now if self._enough_since is None else self._enough_since
        if now - self._enough_since >= UNSAID_AFTER:
            self.behind = None

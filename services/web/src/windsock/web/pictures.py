"""Pictures: the newest wins, one at a time a viewer, the next when it was shown; image streams in turn.

Whatever the rate of a camera and the speed of a line, a viewer holds at most one picture that it has not drawn yet. A stream whose panel is out of sight rests:
its next picture comes when the panel comes into sight, or after a while, so that it costs little and holds up no panel that somebody looks at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from .viewer import InFlight, Viewer

if TYPE_CHECKING:
    from .metrics import Counts
    from .watched import Watched

__all__ = ["SHOWN_SECONDS", "Pictures"]

SHOWN_SECONDS: Final = 5.0
"""A viewer that does not say `shown` in this time gets the next picture all the same: the answer may have been lost with a reload."""


class Pictures:
    """See the module."""

    def __init__(self, watched: Mapping[str, Watched], limit: int, counts: Counts) -> None:
        self._watched = watched
        self._limit = limit
        self._counts = counts
        self._in_flight: dict[Viewer, None] = {}
        self._wanting: dict[Viewer, None] = {}

    @property
    def waiting(self) -> int:
        """Viewers for whom there may be a picture."""
        return len(self._wanting)

    def start(self, viewer: Viewer, stream: str) -> None:
        """This stream's pictures go to this viewer from now on."""
        viewer.pictures.setdefault(stream, None)

    def stop(self, viewer: Viewer, stream: str) -> None:
        """They don't any more."""
        viewer.pictures.pop(stream, None)
        viewer.resting.pop(stream, None)
        if viewer.in_flight is not None and viewer.in_flight.stream == stream:
            self._land(viewer)

    def forget(self, viewer: Viewer) -> None:
        """The viewer has gone."""
        self._land(viewer)
        self._wanting.pop(viewer, None)

    def want(self, viewers: Iterable[Viewer]) -> None:
        """There is a new picture for these."""
        for viewer in viewers:
            if viewer.pictures and viewer.in_flight is None and not viewer.hidden:
                self._wanting[viewer] = None

    def settle(self) -> None:
        """Send to all who want."""
        wanting, self._wanting = self._wanting, {}
        for viewer in wanting:
            self.offer(viewer)

    def offer(self, viewer: Viewer) -> None:
        """Send a viewer the next picture, if there is one and it may have one."""
        if not viewer.pictures or viewer.in_flight is not None or viewer.hidden:
            return
        if not viewer.outlet.room(self._limit):
            self._wanting[viewer] = None
            return
        now = asyncio.get_running_loop().time()
        for stream, last in viewer.pictures.items():
            which, packet = self._watched[stream].picture()
            if packet is None or which == last or viewer.resting.get(stream, 0.0) > now:
                continue
            viewer.resting.pop(stream, None)
            # To the end of the row: with several streams each gets its turn.
            del viewer.pictures[stream]
            viewer.pictures[stream] = which
            if viewer.outlet.answers:
                viewer.in_flight = InFlight(stream, which[1], now + SHOWN_SECONDS)
                self._in_flight[viewer] = None
            else:
                self._wanting[viewer] = None  # its other streams have their turn, too
            if last is not None and last[0] == which[0]:
                self._counts.coalesced += max(0, which[1] - last[1] - 1)
            self._counts.deliveries += 1
            self._counts.bytes += viewer.outlet.send(packet)
            return

    def shown(self, viewer: Viewer, stream: str, offset: int, *, seen: bool) -> bool:
        """The viewer has drawn a picture, or (not `seen`) has it and nobody looks. Whether it may have another one now."""
        woken = seen and viewer.resting.pop(stream, None) is not None
        if viewer.in_flight is None or viewer.in_flight[:2] != (stream, offset):
            return woken
        self._land(viewer)
        if not seen:
            viewer.resting[stream] = asyncio.get_running_loop().time() + SHOWN_SECONDS
        return True

    def expire(self, now: float) -> None:
        """Wait no longer for what should have been shown by now."""
        for viewer in [each for each in self._in_flight if each.in_flight is not None and each.in_flight.until < now]:
            self._land(viewer)
            self.offer(viewer)

    def _land(self, viewer: Viewer) -> None:
        viewer.in_flight = None
        self._in_flight.pop(viewer, None)

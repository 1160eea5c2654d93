"""Tells viewers what is the same for all: who we are, whether the broker is there, what streams there are. And what happened to those that they watch.

Each viewer remembers what it was told, so a viewer without room is told later, and then only what counts then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from . import packet

if TYPE_CHECKING:
    from .alerts import Book
    from .catalogue import Catalogue
    from .metrics import Counts
    from .packet import Packet
    from .status import Status
    from .viewer import Viewer

__all__ = ["Announcer"]

NAMED_IN_NOTICE: Final = 5


class Announcer:
    """See the module. `awake` is called when there is something to tell."""

    def __init__(
        self,
        hello: Packet,
        status: Status,
        catalogue: Catalogue,
        book: Book,
        limit: int,
        counts: Counts,
        awake: Callable[[], None],
    ) -> None:
        self.owed: Final[dict[Viewer, None]] = {}
        """Viewers that had no room when there was something to tell them."""
        self._hello = hello
        self._status = status
        self._catalogue = catalogue
        self._book = book
        self._limit = limit
        self._counts = counts
        self._awake = awake
        self._told = (0, 0, 0)

    def owe(self, viewer: Viewer) -> None:
        """There is something to tell a viewer."""
        self.owed[viewer] = None
        self._awake()

    def notify(self, viewer: Viewer, code: str, stream: str) -> None:
        """Something happened to a stream that a viewer watches."""
        viewer.notices.setdefault(code, []).append(stream)
        self.owe(viewer)

    def tell_all(self, viewers: Iterable[Viewer]) -> None:
        """Tell everybody, if there is something new, else those who had no room the last time."""
        told = (self._catalogue.revision, self._status.number, self._book.number)
        these = viewers if told != self._told else self.owed
        self._told = told
        for viewer in list(these):
            self.tell(viewer)

    def tell(self, viewer: Viewer) -> bool:
        """Tell a viewer what it has not heard yet. False if it has no room."""
        if not viewer.outlet.room(self._limit):
            self.owed[viewer] = None
            return False
        self.owed.pop(viewer, None)
        if not viewer.greeted:
            viewer.greeted = True
            self._send(viewer, self._hello)
        if viewer.status != self._status.number:
            viewer.status = self._status.number
            self._send(viewer, self._status.packet)
        if self._catalogue.ready and viewer.revision != self._catalogue.revision:
            self._send(viewer, self._catalogue.since(viewer.revision))
            viewer.revision = self._catalogue.revision
        if viewer.alerts != self._book.number:
            viewer.alerts = self._book.number
            self._send(viewer, self._book.packet)
        if viewer.notices:
            notices, viewer.notices = viewer.notices, {}
            for code, streams in notices.items():
                self._send(viewer, packet.event("notice", {"code": code, "message": restarted(streams)}))
        return True

    def _send(self, viewer: Viewer, what: Packet) -> None:
        self._counts.deliveries += 1
        self._counts.bytes += viewer.outlet.send(what)


def restarted(streams: list[str]) -> str:
    """The sentence about streams that began anew."""
    if len(streams) == 1:
        return f"{streams[0]} has started anew: its earlier samples are gone."
    named = ", ".join(streams[:NAMED_IN_NOTICE]) + (", ..." if len(streams) > NAMED_IN_NOTICE else "")
    return f"{len(streams)} streams have started anew ({named}): their earlier samples are gone."

"""The ways to programs that speak no Socket.IO. Both write straight to the transport, as to a board: nothing is queued, and `room` tells what it takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from windsock.web.fastwrite import HttpWire, Wire
from windsock.web.packet import News, Packet, Tick, Whole, event
from windsock.web.viewer import Claim

__all__ = ["EventOutlet", "PlainOutlet", "read_place", "removed", "written_place"]

TOLD: Final = frozenset({b"hello", b"status", b"tick", b"picture", b"notice", b"removed"})
"""What other programs are told. What streams there are they ask for: GET /v1/streams. That one has ended they hear: else they would wait in vain."""
NOWHERE: Final = "-"


class PlainOutlet:
    """A WebSocket with one JSON object a message. Frames are made once for all who get the same."""

    __slots__ = ("_wire", "answers", "watched", "wire")

    def __init__(self, wire: Wire) -> None:
        self.watched: Callable[[], Collection[str]] = tuple
        """What its reader watches at the moment."""
        self.wire: Final = None  # what is written past `send` are Socket.IO's frames
        self.answers: Final = True
        self._wire = wire

    def room(self, limit: int) -> bool:
        return self._wire.up and self._wire.waiting() <= limit

    def send(self, packet: Packet) -> int:
        gone: Collection[str] = ()
        if isinstance(packet, News):
            gone = packet.removed
        elif isinstance(packet, Whole):
            gone = [stream for stream in self.watched() if stream not in packet.streams]
        if gone:
            packet = removed(gone)
        return self.tell(packet) if packet.name in TOLD else 0

    def tell(self, packet: Packet) -> int:
        """Send anything."""
        frame = packet.plain
        self._wire.write(frame)
        return len(frame)

    def waiting(self) -> int:
        return self._wire.waiting()

    def beat(self, packet: Packet) -> None:
        """Something to hear, for who wants to know whether the connection stands."""
        self._wire.write(packet.plain)

    def cut(self) -> None:
        self._wire.abort()


class EventOutlet:
    """Server-sent events. Each carries as its id where its reader then stands: a reader that comes back shows the last one and goes on from there.

    `ids`: the streams, in the reader's order. `several`: events are whole ticks; else they are one stream's deltas.
    """

    __slots__ = ("_greeted", "_places", "_several", "_wire", "answers", "begun", "wire")

    def __init__(self, wire: HttpWire, ids: Sequence[str], claims: Mapping[str, Claim], *, several: bool) -> None:
        self.wire: Final = None
        self.answers: Final = False
        self.begun = False
        """Whether the answer's head is sent; there is no room before."""
        self._wire = wire
        self._several = several
        self._greeted = False
        """Whether it was told the catalogue once: what was gone before is told by who lets it in."""
        self._places: dict[str, Claim | None] = {stream: claims.get(stream) for stream in ids}

    def room(self, limit: int) -> bool:
        return self.begun and self._wire.up and self._wire.waiting() <= limit

    def send(self, packet: Packet) -> int:
        if isinstance(packet, News | Whole):
            gone = self._gone(packet)
            if not gone:
                return 0
            self._places |= dict.fromkeys(gone)
            packet = removed(gone)
        name = packet.name
        if name not in TOLD or name == b"hello":
            return 0
        for mark in packet.marks:
            self._places[mark.stream] = Claim(mark.epoch, mark.offset)
        head = b"id: %b\n" % written_place(list(self._places.values())).encode() if packet.marks else b""
        if not isinstance(packet, Tick):
            return self._wire.write(b"event: %b\n%bdata: " % (name, head), *packet.body, b"\n\n")
        if self._several:
            return self._wire.write(head, b"data: ", *packet.body, b"\n\n")
        return sum([self._wire.write(head, b"data: ", delta, b"\n\n") for delta in packet.deltas])

    def _gone(self, packet: News | Whole) -> list[str]:
        """Which of its streams are there no more."""
        if isinstance(packet, News):
            return [stream for stream in packet.removed if stream in self._places]
        greeted, self._greeted = self._greeted, True
        if not greeted:
            return []
        return [stream for stream, place in self._places.items() if place is not None and stream not in packet.streams]

    def waiting(self) -> int:
        return self._wire.waiting()

    def beat(self, _packet: Packet) -> None:
        """As `PlainOutlet.beat`: a comment."""
        self._wire.write(b":\n\n")

    def cut(self) -> None:
        self._wire.abort()


def removed(streams: Collection[str]) -> Packet:
    """Tells that these are there no more."""
    return event("removed", {"ids": list(streams)})


def written_place(places: Sequence[Claim | None]) -> str:
    """Where a reader stands in each of its streams: `epoch:offset`, joined by commas."""
    return ",".join([f"{place.epoch}:{place.offset}" if place else NOWHERE for place in places])


def read_place(text: str | None, ids: Sequence[str]) -> dict[str, Claim | None]:
    """The same, read. What is no such place counts as none: the reader gets a snapshot."""
    claims: dict[str, Claim | None] = dict.fromkeys(ids)
    parts = (text or "").split(",")
    if len(parts) != len(ids):
        return claims
    for stream, part in zip(ids, parts, strict=True):
        epoch, _, offset = part.strip().rpartition(":")
        if epoch and len(epoch) <= 64 and offset.isascii() and offset.isdecimal() and len(offset) <= 16:
            claims[stream] = Claim(epoch, int(offset))
    return claims

"""Packets for viewers, put together from bytes that are never taken apart: rows go from the broker to the browser as they are.

A packet is an event: a name and a body. It has the forms in which it is sent, each made once, however many viewers get it: for the board a Socket.IO event,
`42["tick",{...}]` (4: Engine.IO message, 2: Socket.IO event), for other programs `{"event":"tick","data":{...}}`, each in a WebSocket frame.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from windsock.shared import codec
from windsock.shared.broker.port import Entry

__all__ = [
    "Mark",
    "News",
    "Packet",
    "Tick",
    "Whole",
    "delta",
    "event",
    "frame_head",
    "frame_of",
    "picture",
    "quoted",
    "tick",
]

TEXT_FRAME: Final = 0x81  # FIN, opcode text; a server does not mask


def frame_head(size: int) -> bytes:
    """What stands before so many bytes of text in a WebSocket frame."""
    if size < 126:
        return bytes((TEXT_FRAME, size))
    if size < 65536:
        return bytes((TEXT_FRAME, 126)) + size.to_bytes(2, "big")
    return bytes((TEXT_FRAME, 127)) + size.to_bytes(8, "big")


def frame_of(*parts: bytes) -> bytes:
    """A WebSocket text frame; its text may come in parts, each of which is copied once."""
    return b"".join((frame_head(sum(map(len, parts))), *parts))


class Mark(NamedTuple):
    """How far a packet brings whoever gets it in one stream."""

    stream: str
    epoch: str
    offset: int


class Packet:
    """One event in the forms that it is sent in. Its body may come in parts, which stay apart until they are sent."""

    def __init__(self, name: bytes, *body: bytes, marks: Sequence[Mark] = ()) -> None:
        self.name: Final = name
        self.marks: Final = marks
        self.body: Final = body
        self._parts = (b'42["%b",' % name, *body, b"]")

    @cached_property
    def size(self) -> int:
        """Bytes of text."""
        return sum(map(len, self._parts))

    def pieces(self) -> tuple[bytes, ...]:
        """The WebSocket frame in pieces, none of them copied."""
        return (frame_head(self.size), *self._parts)

    @cached_property
    def text(self) -> bytes:
        """As text."""
        return b"".join(self._parts)

    @cached_property
    def frame(self) -> bytes:
        """As a WebSocket frame."""
        return frame_of(*self._parts)

    @cached_property
    def message(self) -> str:
        """As the data of an Engine.IO message packet: without its type."""
        return self.text[1:].decode()

    @cached_property
    def plain(self) -> bytes:
        """As a WebSocket frame for programs that speak no Socket.IO."""
        return frame_of(b'{"event":"%b","data":' % self.name, *self.body, b"}")


class Tick(Packet):
    """A tick, which knows its deltas."""

    def __init__(self, now: int, deltas: Sequence[bytes], marks: Sequence[Mark]) -> None:
        self.deltas: Final = deltas
        parts = [b'{"time":%d,"streams":[' % now]
        for delta in deltas:
            parts += (delta, b",")
        if len(parts) > 1:
            parts.pop()
        super().__init__(b"tick", *parts, b"]}", marks=marks)


class News(Packet):
    """What has changed in the catalogue, which knows what is in it no more."""

    def __init__(self, changed: Sequence[bytes], removed: Collection[str]) -> None:
        self.removed: Final = removed
        super().__init__(b"specs", b'{"changed":[%b],"removed":%b}' % (b",".join(changed), codec.encode(list(removed))))


class Whole(Packet):
    """All of the catalogue, for who is told it from the beginning or again; it knows what is in it."""

    def __init__(self, body: bytes, streams: frozenset[str]) -> None:
        self.streams: Final = streams
        super().__init__(b"catalogue", body)


def quoted(text: str) -> bytes:
    """A text as JSON."""
    return codec.encode(text)


def event(name: str, body: object) -> Packet:
    """Any event, from Python objects."""
    return Packet(name.encode(), codec.encode(body))


def delta(head: bytes, epoch: str, offset: int, lost: int, entries: Sequence[Entry], *, reset: bool) -> bytes:
    """What is new of one stream, as JSON. `head` is its id as JSON; `offset` is the last row's."""
    return b'{"id":%b,"epoch":"%b","offset":%d,"count":%d,"lost":%d,"reset":%b,"rows":[%b]}' % (
        head,
        epoch.encode(),
        offset,
        sum(entry.count for entry in entries),
        lost,
        b"true" if reset else b"false",
        b",".join([entry.payload for entry in entries]),
    )


def tick(now: int, deltas: Sequence[bytes], marks: Sequence[Mark] = ()) -> Tick:
    """One tick. A late viewer's may hold much, most of it shared with others."""
    return Tick(now, deltas, marks)


def picture(stream: str, head: bytes, epoch: str, newest: Entry) -> Packet | None:
    """The last sample of a batch of an image stream; None if that is no picture (the stream was of another type until now).

    Rows are `[time,"data:..."]`. A data URL in its canonical form has no brackets and one comma, before its data: so the row can be cut out by them.
    """
    row = newest.payload.rpartition(b"],[")[2].strip(b"[]")
    time, _, value = row.partition(b",")
    if not value.startswith(b'"data:image/'):
        return None
    return Packet(
        b"picture",
        b'{"id":%b,"epoch":"%b","offset":%d,"time":%b,"value":%b}' % (head, epoch.encode(), newest.offset, time, value),
        marks=[Mark(stream, epoch, newest.offset)],
    )

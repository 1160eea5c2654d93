"""One stream that somebody watches: its track, who watches it, and what is sent of it, encoded once for all."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from . import packet
from .packet import Mark, Packet
from .track import Bounds, Track

if TYPE_CHECKING:
    from .group import Group
    from .viewer import Viewer

__all__ = ["PIECE_BYTES", "SNAPSHOT", "Piece", "Watched"]

SNAPSHOT: Final = -1
"""Instead of an offset: the viewer is to forget what it has and get all there is."""
PIECE_BYTES: Final = 256 * 1024
"""About how much of one stream goes into one packet: a viewer that lacks more gets it in several, so that no tick is long."""
GRACE_SECONDS: Final = 3.0
"""What came within so long is kept beyond the ring's samples: a viewer that is behind by less, as every viewer in a hidden tab is, misses nothing."""


class Piece(NamedTuple):
    """A delta as JSON, and where it gets a viewer."""

    json: bytes
    reached: int
    lost: int


class Watched:
    """See the module."""

    __slots__ = (
        "_graced", "_marks", "_pieces", "_shown", "channel", "deep_after", "deep_done", "deep_waiters", "groups",
        "head", "id", "idle_since", "lives", "queued", "sent", "spec", "spec_due", "told_epoch", "track",
    )  # fmt: skip

    def __init__(self, stream: str, channel: str, bounds: Bounds) -> None:
        self.id: Final = stream
        self.head: Final = packet.quoted(stream)
        self.channel: Final = channel
        self.track: Final = Track(bounds)
        self.groups: set[Group] = set()
        self.idle_since: float | None = None
        """Since when nobody watches."""
        self.sent = 0
        """Offset up to which every viewer that is in step has it."""
        self.lives = 0
        """`track.lives` that viewers know of."""
        self.told_epoch = ""
        self.spec: tuple[str, int] = ("", 0)
        """Epoch and version of the spec that the newest rows were made for."""
        self.spec_due = 0.0
        """Until then that spec is awaited."""
        self.queued = False
        """Whether a read of its history is queued."""
        self.deep_after: int | None = None
        """Some viewer lacks what came after this offset, which is older than the ring."""
        self.deep_done: tuple[int, float] = (0, 0.0)
        """The last such read: what came after this offset is in the ring, as far as history had it, until that time."""
        self.deep_waiters: set[Viewer] = set()
        self._pieces: dict[int, Piece] = {}
        self._marks: deque[tuple[float, int]] = deque()
        """When what was sent, of the last seconds."""
        self._graced = 0
        self._shown: tuple[str, int, Packet | None] = ("", 0, None)

    def join(self, group: Group) -> None:
        """A group watches it."""
        self.groups.add(group)
        self.idle_since = None

    def part(self, group: Group, now: float) -> None:
        """A group that watched it is gone."""
        self.groups.discard(group)
        if not self.groups:
            self.idle_since = now

    def viewers(self) -> list[Viewer]:
        """Everybody who watches."""
        return [viewer for group in self.groups for viewer in group.members()]

    def read_deep(self, after: int, now: float) -> bool:
        """Whether history was read from there on so lately that reading it again would bring nothing."""
        return after >= self.deep_done[0] and now < self.deep_done[1]

    def news(self) -> Piece | None:
        """What the viewers in step lack; None if that is too much for one packet."""
        piece = self.piece(self.sent, upto=self.track.ring.last)
        return piece if piece.reached == self.track.ring.last else None

    def commit(self, piece: Piece | None, now: float) -> None:
        """All viewers in step have everything now, or have been noted as lacking it."""
        self._pieces = {} if piece is None else {self.sent: piece}
        marks = self._marks
        while marks and marks[0][0] < now - GRACE_SECONDS:
            self._graced = marks.popleft()[1]
        marks.append((now, self.sent))
        self.sent = self.track.ring.last
        self.track.trim(now, self.sent - self._graced)

    def forget_pieces(self) -> None:
        """What was encoded does not hold any more."""
        self._pieces = {}

    def piece(self, offset: int, upto: int | None = None) -> Piece:
        """What comes after an offset, up to what the viewers in step have; or the beginning of it, if that is much."""
        kept = self._pieces.get(offset) if upto is None else None
        if kept is None:
            kept = self._encode(offset, self.sent if upto is None else upto)
            if upto is None:
                self._pieces[offset] = kept
        return kept

    def _encode(self, offset: int, upto: int) -> Piece:
        ring = self.track.ring
        reset = offset == SNAPSHOT
        lost, entries = ring.since(offset)
        if reset:
            lost = 0
        size = taken = 0
        for entry in entries:
            if entry.offset > upto or (taken and size + len(entry.payload) > PIECE_BYTES):
                break
            size += len(entry.payload)
            taken += 1
        # Without a sample to send, `upto` is reached all the same: what lies in between is lost, and said to be.
        reached = entries[taken - 1].offset if taken else upto
        return Piece(packet.delta(self.head, ring.epoch, reached, lost, entries[:taken], reset=reset), reached, lost)

    def mark(self, reached: int) -> Mark:
        """Where a piece gets whoever has it."""
        return Mark(self.id, self.track.ring.epoch, reached)

    def picture(self) -> tuple[tuple[str, int], Packet | None]:
        """The newest sample of an image stream: which it is, and its event."""
        ring = self.track.ring
        if self._shown[:2] != (ring.epoch, ring.last):
            newest = ring.newest
            self._shown = (
                ring.epoch,
                ring.last,
                packet.picture(self.id, self.head, ring.epoch, newest) if newest else None,
            )
        return self._shown[:2], self._shown[2]

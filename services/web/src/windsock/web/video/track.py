"""One feed that somebody looks at: its newest picture, all since its last key picture, and how far each viewer is.

Newest wins everywhere. A viewer that lags is not queued for: of pictures it gets the newest when it has shown the last; of the camera's own stream it gets
nothing until the next key picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from windsock.shared.feeds import FeedState, Frame, Kind
from windsock.web import packet

from .frames import FramePacket

if TYPE_CHECKING:
    from windsock.web.packet import Packet
    from windsock.web.viewer import Viewer

__all__ = ["FeedTrack", "Look", "Shot"]

MOST_GOP_BYTES: Final = 4 * 1024 * 1024
SILENT_SECONDS: Final = 3.0
"""A worker of an earlier epoch is believed again when nothing came from the later one for so long: the broker came back empty and counts anew."""


class Shot(NamedTuple):
    """A frame, ready to be sent."""

    epoch: int
    seq: int
    key: bool
    packet: FramePacket


@dataclass(slots=True)
class Look:
    """One viewer's look at one feed."""

    kind: Kind
    sent: tuple[int, int] = (0, 0)
    """Epoch and seq of what it got last."""
    shown: tuple[int, int] = (0, 0)
    in_flight: int = 0
    """Bytes that it was sent and has not shown."""
    sent_at: float = 0.0
    needs_key: bool = True
    told: int = -1
    """Number of the state that it was told last."""
    sizes: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])

    def took(self, shot: Shot, now: float) -> None:
        """It was sent a frame."""
        self.sent = shot.epoch, shot.seq
        self.sizes[self.sent] = shot.packet.size
        self.in_flight += shot.packet.size
        self.sent_at = now

    def showed(self, which: tuple[int, int]) -> None:
        """It has shown a frame, and all before it."""
        for each in [each for each in self.sizes if each <= which]:
            self.in_flight -= self.sizes.pop(each)
        self.shown = max(self.shown, which)

    def forget(self) -> None:
        """Wait for no answer any more."""
        self.sizes.clear()
        self.in_flight = 0


class FeedTrack:
    """See the module."""

    def __init__(self, stream: str) -> None:
        self.id: Final = stream
        self.looks: dict[Viewer, Look] = {}
        self.epoch = 0
        self.picture: Shot | None = None
        self.gop: list[Shot] = []
        self.state: Packet | None = None
        self.states = 0
        self.stale = 0
        """Frames dropped because their worker had lost the feed."""
        self._gop_bytes = 0
        self._heard_at = 0.0

    def kinds(self) -> set[Kind]:
        """What viewers that can see it want."""
        return {look.kind for viewer, look in self.looks.items() if not viewer.hidden}

    def restart(self) -> None:
        """Messages may have been missed: an access unit without those before it is of no use."""
        self.epoch = 0
        self.gop, self._gop_bytes = [], 0
        for look in self.looks.values():
            look.needs_key = True

    def take(self, message: bytes, now: float) -> Shot | None:
        """Take a frame from the broker; None if nobody is to see it."""
        try:
            frame = Frame.unpack(message)
        except ValueError:
            return None
        if frame.epoch < self.epoch and now - self._heard_at < SILENT_SECONDS:
            self.stale += 1
            return None
        if frame.epoch != self.epoch:
            self.restart()
            self.epoch = frame.epoch
        self._heard_at = now
        shot = Shot(frame.epoch, frame.seq, frame.key, FramePacket(message))
        if frame.kind == "jpeg":
            self.picture = shot
            return shot
        if frame.key:
            self.gop, self._gop_bytes = [], 0
        elif not self.gop or frame.seq != self.gop[-1].seq + 1:
            # One was missed: what follows can't be decoded.
            self.gop, self._gop_bytes = [], 0
            return None
        self._gop_bytes += shot.packet.size
        if self._gop_bytes > MOST_GOP_BYTES:
            self.gop, self._gop_bytes = [], 0
            return None
        self.gop.append(shot)
        return shot

    def tell(self, state: FeedState) -> None:
        """Take how the feed is."""
        self.state = packet.event(
            "feed",
            {
                "id": state.stream,
                "state": state.state.value,
                "since": state.since,
                "code": state.code,
                "why": state.why,
            },
        )
        self.states += 1

    def due(self, look: Look) -> list[Shot]:
        """What a viewer lacks that would be of use to it: one picture, or access units in a row from a key picture or from where it is."""
        if look.kind == "video" and self.gop:
            if not look.needs_key and look.sent[0] == self.epoch:
                behind = [shot for shot in self.gop if shot.seq > look.sent[1]]
                if not behind or behind[0].seq == look.sent[1] + 1 or behind[0].key:
                    return behind
            return list(self.gop)
        picture = self.picture
        if picture is None or (picture.epoch, picture.seq) == look.sent:
            return []
        return [picture]

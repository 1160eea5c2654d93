"""One feed that somebody looks at: its newest picture, all since its last key picture, and how far each viewer is.

Newest wins everywhere. A viewer that lags is not queued for: of pictures it gets the newest when it has shown the last; of the camera's own stream it gets
what it lacks while that is less than a second old, else nothing until the next key picture. One whose line is slow gets small pictures.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from windsock.shared.feeds import FeedState, Frame, Kind
from windsock.web import packet

from .frames import FramePacket
from .line import Line

if TYPE_CHECKING:
    from windsock.web.packet import Packet
    from windsock.web.viewer import Viewer

__all__ = ["FeedTrack", "Look", "Shot"]

Place = tuple[int, int]
"""Epoch and seq."""

MOST_GOP_BYTES: Final = 4 * 1024 * 1024
BEHIND_MS: Final = 1000
"""So much of the camera's own stream is made up for; a viewer that is further behind waits for the next key picture."""
SILENT_SECONDS: Final = 3.0
"""A worker of an earlier epoch is believed again when nothing came from the later one for so long: the broker came back empty and counts anew."""


class Shot(NamedTuple):
    """A frame, ready to be sent."""

    kind: Kind
    epoch: int
    seq: int
    key: bool
    time: int
    packet: FramePacket

    @property
    def place(self) -> Place:
        """Where it stands among the frames of its kind."""
        return self.epoch, self.seq


@dataclass(slots=True)
class Look:
    """One viewer's look at one feed."""

    kind: Kind
    """What it asked for."""
    line: Line
    sent: dict[Kind, Place] = field(default_factory=dict[Kind, Place])
    """The newest frame of each kind that it was sent, or that was skipped for it."""
    in_flight: int = 0
    """Bytes that it was sent and has not shown."""
    needs_key: bool = True
    told: int = -1
    """Number of the state that it was told last."""
    _under_way: dict[tuple[Kind, Place], tuple[int, float]] = field(
        default_factory=dict[tuple[Kind, Place], tuple[int, float]]
    )
    """Size, and when it was sent; oldest first."""

    @property
    def wants(self) -> Kind:
        """What it gets."""
        return "small" if self.line.slow else self.kind

    def oldest(self) -> float | None:
        """When the oldest frame that it has not shown was sent."""
        return next((at for _, at in self._under_way.values()), None)

    def took(self, shot: Shot, now: float) -> None:
        """It was sent a frame."""
        self.sent[shot.kind] = shot.place
        self._under_way[shot.kind, shot.place] = shot.packet.size, now
        self.in_flight += shot.packet.size
        if shot.kind == "video":
            self.needs_key = False

    def showed(self, kind: Kind, place: Place) -> float | None:
        """It has shown a frame, and all of its kind before it. When the oldest of these was sent."""
        oldest: float | None = None
        for each in [each for each in self._under_way if each[0] == kind and each[1] <= place]:
            size, at = self._under_way.pop(each)
            self.in_flight -= size
            oldest = at if oldest is None else oldest
        return oldest

    def forget(self) -> None:
        """Wait for no answer any more."""
        self._under_way.clear()
        self.in_flight = 0


class FeedTrack:
    """See the module."""

    def __init__(self, stream: str) -> None:
        self.id: Final = stream
        self.looks: dict[Viewer, Look] = {}
        self.readers: set[asyncio.Event] = set()
        """Programs that read MJPEG; set when there is a new picture."""
        self.epoch = 0
        self.picture: Shot | None = None
        self.small: Shot | None = None
        self.gop: list[Shot] = []
        self.state: Packet | None = None
        self.states = 0
        self.stale = 0
        """Frames dropped because their worker had lost the feed."""
        self._gop_bytes = 0
        self._heard_at = 0.0

    def kinds(self) -> set[Kind]:
        """What viewers that can see it want."""
        kinds: set[Kind] = {look.wants for viewer, look in self.looks.items() if not viewer.hidden}
        if self.readers:
            kinds.add("jpeg")
        return kinds

    def used(self) -> bool:
        """Whether somebody looks, or reads."""
        return bool(self.looks or self.readers)

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
        if frame.kind == "jpeg" and self.gop and frame.time - self.gop[-1].time > BEHIND_MS:
            # The camera's own stream comes no more: who wants it gets pictures.
            self.gop, self._gop_bytes = [], 0
        shot = Shot(frame.kind, frame.epoch, frame.seq, frame.key, frame.time, FramePacket(message))
        if frame.kind == "jpeg":
            self.picture = shot
            return shot
        if frame.kind == "small":
            self.small = shot
            return shot
        if frame.key:
            self.gop, self._gop_bytes = [], 0
        elif not self.gop or frame.seq != self.gop[-1].seq + 1:
            # One was missed: what follows can't be decoded.
            self.gop, self._gop_bytes = [], 0
            return None
        self._gop_bytes += shot.packet.size
        self.gop.append(shot)
        if self._gop_bytes > MOST_GOP_BYTES:
            # Who comes later has to wait for the next key picture; who has all so far goes on.
            while self._gop_bytes > MOST_GOP_BYTES // 2 and len(self.gop) > 1:
                self._gop_bytes -= self.gop.pop(0).packet.size
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
        wants = look.wants
        if wants == "video" and self.gop:
            units = self._units_due(look)
            if units or look.sent.get("video", (0, 0))[0] == self.epoch:
                return units
        picture = self.small if wants == "small" else self.picture
        if picture is None or picture.place == look.sent.get(picture.kind):
            return []
        return [picture]

    def _units_due(self, look: Look) -> list[Shot]:
        epoch, seq = look.sent.get("video", (0, 0))
        if epoch != self.epoch:
            return list(self.gop) if self.gop[0].key else []
        behind = [shot for shot in self.gop if shot.seq > seq]
        if not behind or behind[0].key:
            return behind
        # Between two key pictures: only what follows on what it has.
        return behind if not look.needs_key and behind[0].seq == seq + 1 else []

    def lag(self, look: Look) -> None:
        """A viewer had no room. If what it lacks of the camera's own stream is too old by now, that is not offered to it again."""
        # One that waits for a key picture anyway misses nothing.
        if look.needs_key or not self.gop:
            return
        place = look.sent.get("video", (0, 0))
        missed = next((shot for shot in self.gop if shot.place > place), None)
        if missed is not None and self.gop[-1].time - missed.time > BEHIND_MS:
            look.needs_key = True
            look.sent["video"] = self.gop[-1].place

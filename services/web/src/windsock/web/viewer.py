"""What the relay knows of one viewer: what it watches, what it has, and how it keeps up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from .limits import Bucket

if TYPE_CHECKING:
    from .group import Group
    from .outlet import Outlet

__all__ = ["Claim", "InFlight", "Viewer"]


class Claim(NamedTuple):
    """What a viewer that comes back says it has of a stream."""

    epoch: str
    offset: int


class InFlight(NamedTuple):
    """A picture that was sent and not yet shown."""

    stream: str
    offset: int
    until: float


class Viewer:
    """See the module. In step: nothing in `cursors`. Behind: a cursor for each stream that it lacks something of."""

    __slots__ = (
        "alerts", "awaiting", "bucket", "claims", "cursors", "greeted", "group", "hidden", "in_flight", "moved_at", "notices", "outlet", "pictures",
        "resting", "revision",
        "sid", "status", "unsent",
    )  # fmt: skip

    def __init__(self, sid: str, outlet: Outlet, now: float) -> None:
        self.sid: Final = sid
        self.outlet: Final = outlet
        self.bucket: Final = Bucket(now)
        self.group: Group | None = None
        self.hidden = False
        self.cursors: dict[str, int] = {}
        """Stream to the offset up to which the viewer has it, or SNAPSHOT."""
        self.claims: dict[str, Claim] = {}
        """What it said it has, until that was compared with the ring."""
        self.awaiting: set[str] = set()
        """Streams of which older samples are being read from history for it."""
        self.pictures: dict[str, tuple[str, int] | None] = {}
        """Image streams, the longest unserved first, with epoch and offset of the picture it got last."""
        self.resting: dict[str, float] = {}
        """Image streams that nobody looks at, and until when they rest."""
        self.in_flight: InFlight | None = None
        # What it was told of the things that are the same for everybody.
        self.greeted = False
        self.status = 0
        self.revision = -1
        self.alerts = 0
        self.notices: dict[str, list[str]] = {}
        # How it takes what is sent, watched while it has no room for more.
        self.unsent = 0
        self.moved_at = now

    def __repr__(self) -> str:
        return f"<viewer {self.sid}>"

"""How a feed is, as its panel says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from windsock.shared import codec

__all__ = ["FeedState", "State"]


class State(StrEnum):
    """A feed's life."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    """Connected, and no picture for longer than one should take."""
    FAILED = "failed"
    """Not connected; tried again while somebody watches, unless the reason is one that trying can't mend."""
    IDLE = "idle"
    """Nobody watches: no connection."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """A state, since when, and why. Never holds a user name or password: viewers read it."""

    stream: str
    state: State
    since: int
    code: str = ""
    why: str = ""

    def pack(self) -> bytes:
        """As JSON."""
        return codec.encode(
            {"id": self.stream, "state": self.state.value, "since": self.since, "code": self.code, "why": self.why}
        )

    @classmethod
    def unpack(cls, message: bytes) -> FeedState:
        """Read what `pack` made."""
        fields = cast("dict[str, Any]", codec.decode(message))
        return cls(fields["id"], State(fields["state"]), fields["since"], fields["code"], fields["why"])

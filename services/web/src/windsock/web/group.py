"""Viewers that watch the same streams: what a tick brings is encoded once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .fastwrite import Wire
    from .viewer import Viewer
    from .watched import Watched

__all__ = ["Group"]


class Group:
    """See the module. A member is in step (it gets the group's packets) or behind (it has cursors of its own)."""

    __slots__ = ("behind", "ids", "in_step", "parts", "touched")

    def __init__(self, ids: frozenset[str]) -> None:
        self.ids: Final = ids
        self.in_step: dict[Viewer, Wire | None] = {}
        """With the wire to write to, where there is one."""
        self.behind: dict[Viewer, None] = {}
        self.parts: list[bytes] = []
        """Deltas of the tick that is being built."""
        self.touched: list[Watched] = []
        """The streams that they are of."""

    def __len__(self) -> int:
        return len(self.in_step) + len(self.behind)

    def members(self) -> list[Viewer]:
        """All of them."""
        return [*self.in_step, *self.behind]

"""Viewers that watch the same streams: what a tick brings is encoded once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .packet import Mark
    from .viewer import Viewer
    from .watched import Watched

__all__ = ["Group"]


class Group:
    """See the module. A member is in step (it gets the group's packets) or behind (it has cursors of its own)."""

    __slots__ = ("behind", "ids", "in_step", "marks", "parts", "queued", "touched")

    def __init__(self, ids: frozenset[str]) -> None:
        self.ids: Final = ids
        self.in_step: dict[Viewer, Callable[[bytes], None]] = {}
        """Members in step, with the `write` of their wires: a tick calls one after the other, and does nothing else for each of them."""
        self.queued: dict[Viewer, None] = {}
        """Members in step that have no wire."""
        self.behind: dict[Viewer, None] = {}
        self.parts: list[bytes] = []
        """Deltas of the tick that is being built."""
        self.marks: list[Mark] = []
        """How far they get."""
        self.touched: list[Watched] = []
        """The streams that they are of."""

    def __len__(self) -> int:
        return len(self.in_step) + len(self.queued) + len(self.behind)

    def members(self) -> list[Viewer]:
        """All of them."""
        return [*self.in_step, *self.queued, *self.behind]

    def drop(self, viewer: Viewer) -> None:
        """Take a member out."""
        self.in_step.pop(viewer, None)
        self.queued.pop(viewer, None)
        self.behind.pop(viewer, None)

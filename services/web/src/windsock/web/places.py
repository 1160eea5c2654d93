"""Where each viewer stands: in a group with all who watch the same streams, and there in step, or behind with a cursor for each stream that it lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from .group import Group

if TYPE_CHECKING:
    from .viewer import Viewer
    from .watched import Watched

__all__ = ["Places"]


class Places:
    """See the module. `awake` is called when somebody falls behind and must be served."""

    def __init__(self, watched: Mapping[str, Watched], awake: Callable[[], None]) -> None:
        self.groups: Final[dict[frozenset[str], Group]] = {}
        self.behind: Final[dict[Viewer, None]] = {}
        """Visible viewers that are not in step, the longest unserved first."""
        self.hidden: Final[dict[Viewer, None]] = {}
        self.full: Final[list[Viewer]] = []
        """Viewers whose wires got full."""
        self._watched = watched
        self._awake = awake

    def enter(self, viewer: Viewer, ids: frozenset[str]) -> None:
        """Put a viewer into the group that watches these streams; `settle` it afterwards."""
        group = self.groups.get(ids)
        if group is None:
            group = self.groups[ids] = Group(ids)
            for stream in ids:
                self._watched[stream].join(group)
        viewer.group = group
        group.behind[viewer] = None

    def quit(self, viewer: Viewer) -> None:
        """Take a viewer out of its group; a group without members is gone."""
        group = viewer.group
        if group is None:
            return
        viewer.group = None
        group.drop(viewer)
        if not len(group):
            del self.groups[group.ids]
            now = asyncio.get_running_loop().time()
            for stream in group.ids:
                self._watched[stream].part(group, now)

    def leave(self, viewer: Viewer) -> None:
        """A viewer has gone."""
        self.quit(viewer)
        self.behind.pop(viewer, None)
        self.hidden.pop(viewer, None)

    def settle(self, viewer: Viewer) -> None:
        """In step if it lacks nothing and is visible, behind otherwise."""
        group = viewer.group
        if group is None:
            return
        group.drop(viewer)
        if viewer.cursors or viewer.hidden:
            group.behind[viewer] = None
            if not viewer.hidden and viewer not in self.behind:
                self.behind[viewer] = None
                viewer.moved_at = asyncio.get_running_loop().time()
            self._awake()
            return
        self.behind.pop(viewer, None)
        wire = viewer.outlet.wire
        if wire is None:
            group.queued[viewer] = None
            return
        group.in_step[viewer] = wire.write
        wire.on_full = partial(self.full.append, viewer)
        if wire.full:
            self.full.append(viewer)

    def drop_full(self) -> None:
        """Whoever was in step and takes no more falls behind."""
        full = self.full.copy()
        self.full.clear()  # the same list: the wires hold its `append`
        for viewer in full:
            wire = viewer.outlet.wire
            if wire is not None and wire.full and viewer.group is not None and viewer in viewer.group.in_step:
                self.fall_behind(viewer)

    def fall_behind(self, viewer: Viewer) -> None:
        """Note where a viewer stands in every stream: at what those in step had until now."""
        watched, cursors = self._watched, viewer.cursors
        for stream in viewer.group.ids if viewer.group else ():
            if stream not in cursors and stream not in viewer.pictures:
                cursors[stream] = watched[stream].sent
        self.settle(viewer)

    def hide(self, viewer: Viewer) -> None:
        """The viewer's tab is hidden."""
        viewer.hidden = True
        self.fall_behind(viewer)
        self.behind.pop(viewer, None)
        self.hidden[viewer] = None

    def show(self, viewer: Viewer) -> None:
        """The viewer's tab is in front again."""
        viewer.hidden = False
        self.hidden.pop(viewer, None)
        self.settle(viewer)

"""Brings viewers that are behind up to date: from the rings, piece by piece, as fast as each of them reads and no faster.

A viewer is behind because it is new, was away, does not read as fast as the others, or is hidden. Nothing is queued for it meanwhile: what it lacks is
worked out from its cursors when it has room. What the rings do not have any more is lost to it, and it is told how much that is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from windsock.shared.runtime import now_ms

from . import packet
from .pace import PASS_SECONDS
from .watched import PIECE_BYTES, SNAPSHOT

if TYPE_CHECKING:
    from .announcer import Announcer
    from .follow import Follower
    from .metrics import Counts
    from .pace import Pace
    from .packet import Mark
    from .pictures import Pictures
    from .places import Places
    from .viewer import Viewer
    from .watched import Watched

__all__ = ["CatchUp"]

ROUNDS = 8
"""Packets that one viewer may get before it is the next one's turn, as long as the kernel takes each of them whole."""


class CatchUp:
    """See the module. `cut` is called with a viewer that takes nothing any more, and why."""

    def __init__(
        self,
        pace: Pace,
        follower: Follower,
        places: Places,
        announcer: Announcer,
        pictures: Pictures,
        counts: Counts,
        cut: Callable[[Viewer, str], None],
    ) -> None:
        self._pace = pace
        self._follower = follower
        self._places = places
        self._announcer = announcer
        self._pictures = pictures
        self._counts = counts
        self._cut = cut

    def serve(self, *, skips: bool = False) -> bool:
        """Bring all who are behind nearer, for a while. True if some could take more at once.

        Args:
            skips: count those who could take nothing as having been left out of a tick.
        """
        until = time.perf_counter() + PASS_SECONDS
        behind = self._places.behind
        hurry = False
        for viewer in list(behind):
            if time.perf_counter() > until:
                return True
            del behind[viewer]
            behind[viewer] = None  # to the end of the row
            hurry |= self._bring_up(viewer, skips=skips)
        return hurry

    def serve_hidden(self) -> None:
        """The slow tick of viewers whose tab is hidden."""
        for viewer in list(self._places.hidden):
            self._bring_up(viewer, skips=False)

    def _bring_up(self, viewer: Viewer, *, skips: bool) -> bool:
        """Send a viewer the next of what it lacks. True if it could take more at once."""
        if not self._announcer.tell(viewer):
            self._counts.skipped += skips
            self._watch_stall(viewer)
            return False
        viewer.moved_at = asyncio.get_running_loop().time()
        viewer.unsent = 0
        more = True
        for _ in range(ROUNDS):
            more = self._send_next(viewer)
            if not more or not viewer.outlet.room(0):
                break
        if not viewer.hidden:
            self._places.settle(viewer)
        self._pictures.offer(viewer)
        return more

    def _send_next(self, viewer: Viewer) -> bool:
        """Send one packet of what a viewer lacks. True if there is more."""
        parts, marks, done, size = self._collect(viewer)
        if parts:
            self._counts.deliveries += 1
            self._counts.bytes += viewer.outlet.send(packet.tick(now_ms(), parts, marks))
        if not viewer.hidden:
            for stream in done:
                del viewer.cursors[stream]
        return size >= PIECE_BYTES

    def _collect(self, viewer: Viewer) -> tuple[list[bytes], list[Mark], list[str], int]:
        """Deltas for a viewer, about as much as it gets at once; how far they get; the streams in which it is up to date now; the size."""
        parts: list[bytes] = []
        marks: list[Mark] = []
        done: list[str] = []
        size = 0
        for stream, offset in viewer.cursors.items():
            watched = self._follower.watched[stream]
            track = watched.track
            if not track.filled or stream in viewer.awaiting:
                continue
            if track.picture:
                self._pictures.start(viewer, stream)
                done.append(stream)
                continue
            at = self._resolve(viewer, watched) if stream in viewer.claims else offset
            if at is None:
                continue
            if at == watched.sent or not track.ring.epoch:
                viewer.cursors[stream] = at
                done.append(stream)
                continue
            piece = watched.piece(at)
            parts.append(piece.json)
            marks.append(watched.mark(piece.reached))
            size += len(piece.json)
            self._counts.snapshots += at == SNAPSHOT
            self._counts.lost += piece.lost
            viewer.cursors[stream] = piece.reached
            if piece.reached == watched.sent:
                done.append(stream)
            if size >= PIECE_BYTES:
                break
        return parts, marks, done, size

    def _resolve(self, viewer: Viewer, watched: Watched) -> int | None:
        """Compare what a viewer says it has with the ring. Where it is to be served from; None if that can't be said yet."""
        epoch, offset = viewer.claims[watched.id]
        ring = watched.track.ring
        if not ring.epoch:
            return SNAPSHOT
        if epoch == ring.epoch and watched.sent < offset <= ring.last:
            return None  # another web process was ahead of this tick
        if epoch != ring.epoch or offset > ring.last:
            del viewer.claims[watched.id]
            if epoch != ring.epoch:
                self._announcer.notify(viewer, "stream_restarted", watched.id)
            return SNAPSHOT
        if offset >= ring.first - 1 or watched.read_deep(offset, asyncio.get_running_loop().time()):
            del viewer.claims[watched.id]
            return offset
        watched.deep_after = offset if watched.deep_after is None else min(offset, watched.deep_after)
        watched.deep_waiters.add(viewer)
        viewer.awaiting.add(watched.id)
        self._follower.want(watched)
        return None

    def _watch_stall(self, viewer: Viewer) -> None:
        """A viewer has no room. If that is so because it takes nothing at all, and has been for long, it is cut."""
        now = asyncio.get_running_loop().time()
        unsent = viewer.outlet.waiting()
        if unsent != viewer.unsent:
            viewer.unsent = unsent
            viewer.moved_at = now
        elif now - viewer.moved_at > self._pace.viewer_stall:
            self._cut(viewer, "stalled")

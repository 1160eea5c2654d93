"""Who watches what: viewers come, go and say what they want; streams grow, end and begin anew; `tick` brings the one to the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from windsock.shared.errors import Code, WindsockError

from .alerts import Book
from .announcer import Announcer
from .catalogue import Catalogue
from .catchup import CatchUp
from .follow import Follower
from .metrics import CUT_VIEWERS, Counts
from .pace import Pace
from .packet import Packet
from .pictures import Pictures
from .places import Places
from .status import Status
from .tick import Ticker
from .viewer import Claim, Viewer
from .watched import SNAPSHOT, Watched

__all__ = ["Hub"]

log = logging.getLogger(__name__)


class Hub:
    """See the module."""

    def __init__(
        self,
        pace: Pace,
        follower: Follower,
        catalogue: Catalogue,
        status: Status,
        book: Book,
        counts: Counts,
        hello: Packet,
    ) -> None:
        self.viewers: Final[dict[str, Viewer]] = {}
        """By Socket.IO session, or whatever names them."""
        self._pace = pace
        self._follower = follower
        self._catalogue = catalogue
        self._status = status
        awake = asyncio.Event()
        self._awake = awake
        self.places: Final = Places(follower.watched, awake.set)
        self._pictures = Pictures(follower.watched, pace.viewer_buffer, counts)
        self._announcer = Announcer(hello, status, catalogue, book, pace.viewer_buffer, counts, awake.set)
        self._catch_up = CatchUp(pace, follower, self.places, self._announcer, self._pictures, counts, self.cut)
        self.ticker: Final = Ticker(
            pace, self.viewers, self.places, self._announcer, self._catch_up, self._pictures, follower, counts, awake
        )

    # --- viewers come, go, and say what they want

    def join(self, viewer: Viewer) -> None:
        """A viewer has connected."""
        self.viewers[viewer.sid] = viewer
        self.places.enter(viewer, frozenset())
        self.places.settle(viewer)
        self._announcer.owe(viewer)

    def leave(self, viewer: Viewer) -> None:
        """A viewer has gone."""
        if self.viewers.pop(viewer.sid, None) is None:
            return
        ids = viewer.group.ids if viewer.group else ()
        self.places.leave(viewer)
        self._announcer.owed.pop(viewer, None)
        self._pictures.forget(viewer)
        for stream in viewer.awaiting:
            if (watched := self._follower.watched.get(stream)) is not None:
                watched.deep_waiters.discard(viewer)
        self._follower.left(ids)

    def cut(self, viewer: Viewer, reason: str) -> None:
        """Disconnect a viewer."""
        log.warning("viewer %s disconnected: %s", viewer.sid, reason)
        CUT_VIEWERS.labels(reason).inc()
        self.leave(viewer)
        viewer.outlet.cut()

    def watch(self, viewer: Viewer, add: Mapping[str, Claim | None], remove: Sequence[str]) -> int:
        """Change what a viewer watches. How many streams it watches now.

        Raises:
            WindsockError: `too_many_streams`; nothing is changed.
        """
        before = viewer.group.ids if viewer.group else frozenset[str]()
        ids = before.difference(remove).union(add)
        if len(ids) > self._pace.max_watched:
            raise WindsockError(
                Code.TOO_MANY_STREAMS,
                f"{len(ids)} streams; one viewer may watch {self._pace.max_watched} (WINDSOCK_MAX_WATCHED)",
            )
        self._follower.follow(add)
        for stream in before - ids | add.keys():
            viewer.cursors.pop(stream, None)
            viewer.claims.pop(stream, None)
            viewer.awaiting.discard(stream)
            self._pictures.stop(viewer, stream)
        for stream, claim in add.items():
            viewer.cursors[stream] = SNAPSHOT
            if claim is not None:
                viewer.claims[stream] = claim
        if ids != before:
            self.places.quit(viewer)
            self.places.enter(viewer, ids)
            self._follower.left(before - ids)
        self.places.settle(viewer)
        if add:
            self.ticker.hasten()
        return len(ids)

    def show(self, viewer: Viewer, *, visible: bool) -> None:
        """A viewer's tab is in front again, or hidden."""
        if visible is not viewer.hidden:
            return
        if visible:
            self.places.show(viewer)
            self._pictures.offer(viewer)
        else:
            self.places.hide(viewer)

    def shown(self, viewer: Viewer, stream: str, offset: int, *, seen: bool = True) -> None:
        """A viewer has drawn a picture, or (not `seen`) has it and nobody looks."""
        if self._pictures.shown(viewer, stream, offset, seen=seen):
            self._pictures.offer(viewer)

    # --- what the follower and the catalogue say

    def arrived(self) -> None:
        """Live messages have arrived."""
        self._awake.set()

    def news(self, watched: Watched) -> None:
        """A ring has grown."""
        self.ticker.dirty[watched] = None

    def read(self, watched: Watched) -> None:
        """History was read."""
        track = watched.track
        watched.forget_pieces()
        if track.lives != watched.lives or not watched.groups:
            self._begin_anew(watched)
        elif not watched.sent and not watched.told_epoch:
            # Filled for the first time: all who watch have cursors.
            watched.sent = track.ring.last
            watched.told_epoch = track.ring.epoch
            self.ticker.hasten()
        if track.ring.last != watched.sent:
            self.ticker.dirty[watched] = None
        self._awake.set()

    def _begin_anew(self, watched: Watched) -> None:
        """What viewers have of a stream is another life's."""
        track = watched.track
        watched.lives = track.lives
        watched.sent = track.ring.last
        told = watched.told_epoch and track.ring.epoch
        if track.ring.epoch:
            watched.told_epoch = track.ring.epoch
        for viewer in watched.viewers():
            viewer.claims.pop(watched.id, None)
            viewer.cursors[watched.id] = SNAPSHOT
            self.places.settle(viewer)
            if told:
                self._announcer.notify(viewer, "stream_restarted", watched.id)

    def link(self, *, up: bool) -> None:
        """The subscription came up or went down."""
        self._status.link(up=up)
        self._awake.set()

    def catalogue_changed(self, streams: Sequence[str]) -> None:
        """These specs have changed (none given: all were read again)."""
        if not streams:
            for viewer in self.viewers.values():
                viewer.revision = -1
                self._announcer.owe(viewer)
        for stream in streams:
            watched = self._follower.watched.get(stream)
            if watched is None:
                continue
            if stream not in self._catalogue:
                watched.track.doubt()
                self._follower.want(watched)
            elif self._follower.respec(watched):
                # It has become a stream of pictures, or is none any more.
                for viewer in watched.viewers():
                    self._pictures.stop(viewer, stream)
                    viewer.cursors[stream] = SNAPSHOT
                    self.places.settle(viewer)
        self._awake.set()

    # --- once a second

    def second(self) -> None:
        """What need not be done in every tick."""
        now = asyncio.get_running_loop().time()
        self._catch_up.serve_hidden()
        self._pictures.expire(now)
        self._follower.let_go(now)
        if self._status.refresh():
            self._awake.set()

"""Who watches what, and the tick that brings it to them.

A viewer in step gets its group's packet, encoded once for all who watch the same streams; writing it is all the work there is for one viewer. A viewer that
lacks something (it is new, was away, does not read as fast, or its tab is hidden) is behind: it has a cursor for each stream that it lacks something of, and is
served from the rings, piece by piece, until it is in step again. Nothing is queued for it meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from windsock.shared.errors import Code, WindsockError
from windsock.shared.runtime import now_ms

from . import packet
from .catalogue import Catalogue
from .follow import Follower
from .group import Group
from .metrics import CUT_VIEWERS, TICK_SECONDS, Counts
from .pictures import Pictures
from .status import Status
from .viewer import Claim, Viewer
from .watched import PIECE_BYTES, SNAPSHOT, Piece, Watched

__all__ = ["Hub", "Pace"]

log = logging.getLogger(__name__)

HURRY_SECONDS: Final = 0.004
"""Between two passes for viewers that could take more at once: their sockets are flushed in between."""
PASS_SECONDS: Final = 0.010
"""How long one such pass may take: a crowd that comes at once must not make the others wait."""
PIECES_BYTES: Final = PIECE_BYTES
"""About how much one viewer gets in one pass."""
NAMED_IN_NOTICE: Final = 5


class Pace:
    """The settings of the tick."""

    def __init__(self, tick_ms: int, viewer_buffer: int, viewer_stall: float, max_watched: int) -> None:
        self.tick: Final = tick_ms / 1000
        self.tick_ms: Final = tick_ms
        self.viewer_buffer: Final = viewer_buffer
        self.viewer_stall: Final = viewer_stall
        self.max_watched: Final = max_watched


class Hub:
    """See the module."""

    def __init__(
        self,
        pace: Pace,
        follower: Follower,
        catalogue: Catalogue,
        status: Status,
        counts: Counts,
        hello: packet.Packet,
        cut: Callable[[Viewer], None],
    ) -> None:
        self.viewers: Final[dict[str, Viewer]] = {}
        self.hidden: Final[dict[Viewer, None]] = {}
        self._pace = pace
        self._follower = follower
        self._catalogue = catalogue
        self._status = status
        self._counts = counts
        self._hello = hello
        self._cut = cut
        self._pictures = Pictures(follower.watched, pace.viewer_buffer, counts)
        self._groups: dict[frozenset[str], Group] = {}
        self._behind: dict[Viewer, None] = {}
        """Visible viewers that are not in step, the longest unserved first."""
        self._owed: dict[Viewer, None] = {}
        """Viewers that had no room when there was something to tell them."""
        self._dirty: dict[Watched, None] = {}
        self._told = (0, 0)
        self._awake = asyncio.Event()

    @property
    def behind(self) -> int:
        """Viewers, not hidden, that are being brought up to date."""
        return len(self._behind)

    @property
    def groups(self) -> int:
        """Different sets of streams that viewers watch."""
        return len(self._groups)

    # --- viewers come, go, and say what they want

    def join(self, viewer: Viewer) -> None:
        """A viewer has connected."""
        self.viewers[viewer.sid] = viewer
        self._enter(viewer, frozenset())
        self._owed[viewer] = None
        self._awake.set()

    def leave(self, viewer: Viewer) -> None:
        """A viewer has gone."""
        if self.viewers.pop(viewer.sid, None) is None:
            return
        self._quit(viewer)
        self._behind.pop(viewer, None)
        self.hidden.pop(viewer, None)
        self._owed.pop(viewer, None)
        self._pictures.forget(viewer)
        for stream in viewer.awaiting:
            if (watched := self._follower.watched.get(stream)) is not None:
                watched.deep_waiters.discard(viewer)

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
        for stream in before - ids:
            viewer.cursors.pop(stream, None)
        for stream in before - ids | add.keys():
            viewer.claims.pop(stream, None)
            viewer.awaiting.discard(stream)
            self._pictures.stop(viewer, stream)
        for stream, claim in add.items():
            viewer.cursors[stream] = SNAPSHOT
            if claim is not None:
                viewer.claims[stream] = claim
        if ids != before:
            self._quit(viewer)
            self._enter(viewer, ids)
        self._settle_place(viewer)
        return len(ids)

    def show(self, viewer: Viewer, *, visible: bool) -> None:
        """A viewer's tab is in front again, or hidden."""
        if visible is not viewer.hidden:
            return
        viewer.hidden = not visible
        if visible:
            del self.hidden[viewer]
        else:
            self._fall_behind(viewer)
            self._behind.pop(viewer, None)
            self.hidden[viewer] = None
        self._settle_place(viewer)
        self._pictures.offer(viewer)

    def shown(self, viewer: Viewer, stream: str, offset: int) -> None:
        """A viewer has drawn a picture."""
        if self._pictures.shown(viewer, stream, offset):
            self._pictures.offer(viewer)

    # --- where a viewer stands

    def _enter(self, viewer: Viewer, ids: frozenset[str]) -> None:
        group = self._groups.get(ids)
        if group is None:
            group = self._groups[ids] = Group(ids)
            for stream in ids:
                self._follower.watched[stream].groups.add(group)
        viewer.group = group
        group.behind[viewer] = None

    def _quit(self, viewer: Viewer) -> None:
        group = viewer.group
        if group is None:
            return
        viewer.group = None
        group.in_step.pop(viewer, None)
        group.behind.pop(viewer, None)
        if not len(group):
            del self._groups[group.ids]
            now = asyncio.get_running_loop().time()
            for stream in group.ids:
                watched = self._follower.watched[stream]
                watched.groups.discard(group)
                if not watched.groups:
                    watched.idle_since = now

    def _settle_place(self, viewer: Viewer) -> None:
        """In step if it lacks nothing and is visible, behind otherwise."""
        group = viewer.group
        if group is None:
            return
        if viewer.cursors or viewer.hidden:
            group.in_step.pop(viewer, None)
            group.behind[viewer] = None
            if not viewer.hidden and viewer not in self._behind:
                self._behind[viewer] = None
                viewer.moved_at = asyncio.get_running_loop().time()
            self._awake.set()
        else:
            group.behind.pop(viewer, None)
            self._behind.pop(viewer, None)
            group.in_step[viewer] = viewer.outlet.wire

    def _fall_behind(self, viewer: Viewer) -> None:
        """Note where a viewer stands in every stream: at what the viewers in step had until now."""
        watched, cursors = self._follower.watched, viewer.cursors
        for stream in viewer.group.ids if viewer.group else ():
            if stream not in cursors and stream not in viewer.pictures:
                cursors[stream] = watched[stream].sent

    # --- what the follower and the catalogue say

    def news(self, watched: Watched) -> None:
        """A ring has grown."""
        self._dirty[watched] = None
        self._awake.set()

    def read(self, watched: Watched) -> None:
        """History was read."""
        track = watched.track
        watched.forget_pieces()
        if track.lives != watched.lives or not watched.groups:
            self._begin_anew(watched)
        elif watched.sent == 0 and not watched.told_epoch:
            # Filled for the first time: all who watch have cursors.
            watched.sent = track.ring.last
            watched.told_epoch = track.ring.epoch
        if track.ring.last != watched.sent:
            self._dirty[watched] = None
        self._awake.set()

    def _begin_anew(self, watched: Watched) -> None:
        """What viewers have of a stream is another life's."""
        track = watched.track
        watched.lives = track.lives
        watched.sent = track.ring.last
        told = watched.told_epoch and track.ring.epoch
        if track.ring.epoch:
            watched.told_epoch = track.ring.epoch
        for group in watched.groups:
            for viewer in group.members():
                viewer.cursors[watched.id] = SNAPSHOT
                viewer.claims.pop(watched.id, None)
                if told:
                    self._notify(viewer, "stream_restarted", watched.id)
                self._settle_place(viewer)

    def link(self, *, up: bool) -> None:
        """The subscription came up or went down."""
        self._status.link(up=up)
        self._awake.set()

    def catalogue_changed(self, streams: Sequence[str]) -> None:
        """The catalogue was read again (nothing given: all of it)."""
        if not streams:
            for viewer in self.viewers.values():
                viewer.revision = -1
        for stream in streams:
            watched = self._follower.watched.get(stream)
            if watched is None:
                continue
            if stream not in self._catalogue:
                watched.track.doubt()
                self._follower.want(watched)
            elif self._follower.respec(watched):
                self._turn(watched)
        self._awake.set()

    def _turn(self, watched: Watched) -> None:
        """A stream has become one of pictures, or is none any more."""
        for group in watched.groups:
            for viewer in group.members():
                self._pictures.stop(viewer, watched.id)
                viewer.cursors[watched.id] = SNAPSHOT
                self._settle_place(viewer)

    # --- what everybody is told

    def _notify(self, viewer: Viewer, code: str, stream: str) -> None:
        viewer.notices.setdefault(code, []).append(stream)
        self._owed[viewer] = None
        self._awake.set()

    def _tell(self, viewer: Viewer) -> bool:
        """Tell a viewer what it has not heard yet. False if it has no room."""
        if not viewer.outlet.room(self._pace.viewer_buffer):
            self._owed[viewer] = None
            return False
        self._owed.pop(viewer, None)
        if not viewer.greeted:
            viewer.greeted = True
            self._send(viewer, self._hello)
        if viewer.status != self._status.number:
            viewer.status = self._status.number
            self._send(viewer, self._status.packet)
        if self._catalogue.ready and viewer.revision != self._catalogue.revision:
            self._send(viewer, self._catalogue.since(viewer.revision))
            viewer.revision = self._catalogue.revision
        if viewer.notices:
            notices, viewer.notices = viewer.notices, {}
            for code, streams in notices.items():
                self._send(viewer, packet.event("notice", {"code": code, "message": _restarted(streams)}))
        return True

    def _send(self, viewer: Viewer, what: packet.Packet) -> None:
        self._counts.deliveries += 1
        self._counts.bytes += viewer.outlet.send(what)

    # --- the tick

    async def run(self) -> None:
        """Tick whenever there is something to send and the last tick is long enough ago."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self._awake.wait()
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._awake.clear()
            # On a grid while there is always something, at once after a silence.
            due = max(due, loop.time() - self._pace.tick) + self._pace.tick
            hurry = self.tick()
            while hurry and due - loop.time() > HURRY_SECONDS:
                await asyncio.sleep(HURRY_SECONDS)
                hurry = self.serve()
            if self._behind or self._owed or self._pictures.waiting:
                self._awake.set()

    def tick(self) -> bool:
        """Send what is new. True if some viewers could take more at once."""
        started = time.perf_counter()
        now = asyncio.get_running_loop().time()
        news = self._gather(now)
        told = (self._catalogue.revision, self._status.number)
        if told != self._told:
            self._told = told
            for viewer in list(self.viewers.values()):
                self._tell(viewer)
        else:
            for viewer in list(self._owed):
                self._tell(viewer)
        self._deliver(news)
        for watched, piece in news:
            watched.commit(piece, now)
        hurry = self.serve(skips=True)
        self._pictures.settle()
        if news:
            self._counts.ticks += 1
            TICK_SECONDS.observe(time.perf_counter() - started)
        return hurry

    def _gather(self, now: float) -> list[tuple[Watched, Piece | None]]:
        """Encode what is new of each stream, and hand it to the groups that watch it."""
        dirty, self._dirty = self._dirty, {}
        news: list[tuple[Watched, Piece | None]] = []
        for watched in dirty:
            track = watched.track
            if track.picture:
                track.trim(now, 0)
                for group in watched.groups:
                    self._pictures.want(group.members())
                continue
            if track.ring.last == watched.sent:
                continue
            piece = watched.news()
            news.append((watched, piece))
            for group in watched.groups:
                if piece is None:
                    # Too much for one packet: everybody gets it in pieces.
                    for viewer in list(group.in_step):
                        viewer.cursors[watched.id] = watched.sent
                        self._settle_place(viewer)
                elif group.in_step:
                    group.parts.append(piece.json)
                group.touched.append(watched)
                if piece is not None and piece.lost:
                    self._counts.lost += piece.lost * len(group.in_step)
        return news

    def _deliver(self, news: Iterable[tuple[Watched, Piece | None]]) -> None:
        """Write each group's packet to its viewers that are in step."""
        limit, stamp = self._pace.viewer_buffer, now_ms()
        groups = {group for watched, _ in news for group in watched.groups}
        for group in groups:
            slow: list[Viewer] = []
            if group.parts and group.in_step:
                built = packet.tick(stamp, group.parts)
                frame = built.frame
                for viewer, wire in group.in_step.items():
                    if wire is not None:
                        if wire.waiting() > limit:
                            slow.append(viewer)
                        else:
                            wire.write(frame)
                    elif viewer.outlet.room(limit):
                        viewer.outlet.send(built)
                        group.in_step[viewer] = viewer.outlet.wire
                    else:
                        slow.append(viewer)
                written = len(group.in_step) - len(slow)
                self._counts.deliveries += written
                self._counts.bytes += written * len(frame)
            for viewer in slow:
                self._fall_behind(viewer)
                self._settle_place(viewer)
            for viewer in group.behind:
                if len(viewer.cursors) < len(group.ids):
                    for watched in group.touched:
                        if watched.id not in viewer.pictures:
                            viewer.cursors.setdefault(watched.id, watched.sent)
            group.parts, group.touched = [], []

    # --- those who are behind

    def serve(self, *, skips: bool = False) -> bool:
        """Bring viewers that are behind nearer. True if some could take more at once."""
        until = time.perf_counter() + PASS_SECONDS
        hurry = False
        for viewer in list(self._behind):
            if time.perf_counter() > until:
                return True
            del self._behind[viewer]
            self._behind[viewer] = None  # to the end of the row
            hurry |= self._bring_up(viewer, skips=skips)
        return hurry

    def serve_hidden(self) -> None:
        """The slow tick of viewers whose tab is hidden."""
        for viewer in list(self.hidden):
            self._bring_up(viewer, skips=False)

    def _bring_up(self, viewer: Viewer, *, skips: bool) -> bool:
        """Send a viewer the next of what it lacks. True if it could take more at once."""
        if not self._tell(viewer):
            self._counts.skipped += skips
            self._watch_stall(viewer)
            return False
        viewer.moved_at = asyncio.get_running_loop().time()
        viewer.unsent = 0
        parts: list[bytes] = []
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
            size += len(piece.json)
            self._counts.snapshots += at == SNAPSHOT
            self._counts.lost += piece.lost
            viewer.cursors[stream] = piece.reached
            if piece.reached == watched.sent:
                done.append(stream)
            if size >= PIECES_BYTES:
                break
        if parts:
            self._send(viewer, packet.tick(now_ms(), parts))
        if not viewer.hidden:
            for stream in done:
                del viewer.cursors[stream]
            self._settle_place(viewer)
        self._pictures.offer(viewer)
        return size >= PIECES_BYTES

    def _resolve(self, viewer: Viewer, watched: Watched) -> int | None:
        """Compare what a viewer says it has with the ring. Where it is to be served from; None if that must be read from history first."""
        epoch, offset = viewer.claims[watched.id]
        ring = watched.track.ring
        if not ring.epoch:
            return SNAPSHOT
        if epoch == ring.epoch and watched.sent < offset <= ring.last:
            return None  # another web process was ahead of this tick
        if epoch != ring.epoch or offset > ring.last:
            del viewer.claims[watched.id]
            if epoch != ring.epoch:
                self._notify(viewer, "stream_restarted", watched.id)
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
            self.cut(viewer, "stalled")

    def cut(self, viewer: Viewer, reason: str) -> None:
        """Disconnect a viewer."""
        log.warning("viewer %s disconnected: %s", viewer.sid, reason)
        CUT_VIEWERS.labels(reason).inc()
        self.leave(viewer)
        self._cut(viewer)

    # --- once a second

    def second(self) -> None:
        """What need not be done in every tick."""
        now = asyncio.get_running_loop().time()
        self.serve_hidden()
        self._pictures.expire(now)
        self._follower.let_go(now)
        if self._status.refresh():
            self._awake.set()


def _restarted(streams: list[str]) -> str:
    named = ", ".join(streams[:NAMED_IN_NOTICE]) + (", ..." if len(streams) > NAMED_IN_NOTICE else "")
    if len(streams) == 1:
        return f"{named} has started anew: its earlier samples are gone."
    return f"{len(streams)} streams have started anew ({named}): their earlier samples are gone."

"""The tick: everything that is new, one packet a viewer, encoded once for all who watch the same streams.

For a viewer in step all the work is to look whether it has taken what it got before, and to write. Ticks come on a grid while there is always something, at
once if that comes late, and not at all while there is nothing: a tick that is due waits for its samples. A publisher as fast as the ticks would else bring
two of them to one tick and none to the next, for minutes, whenever it falls into step with them. Between two ticks those are served who have just come, and
those who could take more at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from windsock.shared.runtime import now_ms

from . import packet
from .metrics import TICK_SECONDS
from .pace import HURRY_SECONDS

if TYPE_CHECKING:
    from .announcer import Announcer
    from .catchup import CatchUp
    from .follow import Follower
    from .group import Group
    from .metrics import Counts
    from .pace import Pace
    from .pictures import Pictures
    from .places import Places
    from .viewer import Viewer
    from .watched import Piece, Watched

__all__ = ["Ticker"]

News = list[tuple["Watched", "Piece | None"]]


class Ticker:
    """See the module."""

    def __init__(
        self,
        pace: Pace,
        viewers: Mapping[str, Viewer],
        places: Places,
        announcer: Announcer,
        catch_up: CatchUp,
        pictures: Pictures,
        follower: Follower,
        counts: Counts,
        awake: asyncio.Event,
    ) -> None:
        self.dirty: dict[Watched, None] = {}
        """Streams whose rings have grown since the last tick."""
        self._pace = pace
        self._viewers: Final = viewers
        self._places = places
        self._announcer = announcer
        self._catch_up = catch_up
        self._pictures = pictures
        self._follower = follower
        self._counts = counts
        self._awake = awake
        self._hurry: Final = asyncio.Event()

    def hasten(self) -> None:
        """Somebody can be brought up to date before the next tick."""
        self._hurry.set()

    async def run(self) -> None:
        """Tick whenever there is something to send and the last tick is long enough ago, until cancelled."""
        loop = asyncio.get_running_loop()
        period = self._pace.tick
        due = loop.time()
        while True:
            await self._awake.wait()
            await self._serve_until(due)
            self._awake.clear()
            self._hurry.clear()
            due = max(due, loop.time() - period) + period
            if self.tick():
                self._hurry.set()
            if self.dirty or self._places.behind or self._announcer.owed or self._pictures.waiting:
                self._awake.set()

    async def _serve_until(self, due: float) -> None:
        """Wait for the time of the next tick, and serve those who are in a hurry meanwhile."""
        loop = asyncio.get_running_loop()
        while (left := due - loop.time()) > 0:
            if not self._hurry.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._hurry.wait()
            elif left <= HURRY_SECONDS:
                await asyncio.sleep(left)
            else:
                await asyncio.sleep(HURRY_SECONDS)
                self._hurry.clear()
                if self._catch_up.serve():
                    self._hurry.set()

    def tick(self) -> bool:
        """Send what is new. True if some viewers could take more at once."""
        started = time.perf_counter()
        now = asyncio.get_running_loop().time()
        self._places.drop_full()
        self._follower.take_in()
        news = self._gather(now)
        self._announcer.tell_all(self._viewers.values())
        self._deliver(news)
        for watched, piece in news:
            watched.commit(piece, now)
        hurry = self._catch_up.serve(skips=True)
        self._pictures.settle()
        if news:
            self._counts.ticks += 1
            TICK_SECONDS.observe(time.perf_counter() - started)
        return hurry

    def _gather(self, now: float) -> News:
        """Encode what is new of each stream, and hand it to the groups that watch it."""
        dirty, self.dirty = self.dirty, {}
        news: News = []
        for watched in dirty:
            track = watched.track
            if track.picture and watched.spec_due <= now:
                track.trim(now, 0)
                self._pictures.want(watched.viewers())
                continue
            if track.ring.last == watched.sent:
                continue
            if watched.spec_due > now:
                self.dirty[watched] = None  # what it looks like is being read: rows of a new shape go after it
                continue
            piece = watched.news()
            news.append((watched, piece))
            for group in watched.groups:
                if piece is None:
                    # Too much for one packet: everybody gets it in pieces.
                    for viewer in [*group.in_step, *group.queued]:
                        viewer.cursors[watched.id] = watched.sent
                        self._places.settle(viewer)
                else:
                    group.parts.append(piece.json)
                    group.marks.append(watched.mark(piece.reached))
                    self._counts.lost += piece.lost * (len(group.in_step) + len(group.queued))
                group.touched.append(watched)
        return news

    def _deliver(self, news: News) -> None:
        """Write each group's packet to its viewers in step, and note for the others what they lack."""
        stamp = now_ms()
        for group in {group: None for watched, _ in news for group in watched.groups}:
            if group.parts and (group.in_step or group.queued):
                self._write(group, packet.tick(stamp, group.parts, group.marks))
            note_lacking(group.behind, group)
            group.parts, group.marks, group.touched = [], [], []

    def _write(self, group: Group, built: packet.Packet) -> None:
        frame = built.frame
        writes = iter(group.in_step.values())
        while True:
            try:
                for write in writes:
                    write(frame)
                break
            except RuntimeError:  # it closed just now; whose it was is about to leave
                continue
        taken = len(group.in_step)
        for viewer in list(group.queued):
            if viewer.outlet.room(self._pace.viewer_buffer):
                viewer.outlet.send(built)
                taken += 1
                if viewer.outlet.wire is not None:
                    self._places.settle(viewer)
            else:
                self._places.fall_behind(viewer)
        self._counts.deliveries += taken
        self._counts.bytes += taken * len(frame)


def note_lacking(behind: Iterable[Viewer], group: Group) -> None:
    """Note for viewers that are behind where they stand in the streams of this tick."""
    for viewer in behind:
        if len(viewer.cursors) < len(group.ids):
            for watched in group.touched:
                if watched.id not in viewer.pictures:
                    viewer.cursors.setdefault(watched.id, watched.sent)

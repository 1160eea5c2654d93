"""Follows the streams that somebody watches: subscribes, reads history when a track asks for it, lets go when nobody has watched for a while.

Subscribes to nothing else but the catalogue's channel. All reads go through a few workers, so that a crowd of streams does not flood the broker. Viewers may
name streams that there are not: those are let go of as soon as nobody waits for them, and there is a bound to all that is followed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Final, Protocol

from windsock.shared.broker import read_live
from windsock.shared.broker.port import Broker, History, Live, Subscription
from windsock.shared.errors import Code, WindsockError
from windsock.shared.keys import Keys
from windsock.shared.metrics import DROPPED
from windsock.shared.runtime import Backoff
from windsock.shared.unreadable import UNREADABLE, unreadable

from .catalogue import Catalogue, CatalogueKeeper
from .metrics import RECOVERIES, Counts
from .track import Bounds, State
from .watched import Watched

__all__ = ["LINGER_SECONDS", "Audience", "Follower"]

log = logging.getLogger(__name__)

LINGER_SECONDS: Final = 30.0
"""A stream of the catalogue is followed for so long after its last viewer left: who reloads the board is served from the ring."""
WIDE_SECONDS: Final = 15.0
"""For so long a ring keeps what was read for viewers who lacked it: at the pace at which they get it, 16 MiB take 3 seconds."""
READERS: Final = 8
"""Reads of history under way at a time."""
SPEC_SECONDS: Final = 0.25
"""New rows wait no longer than this for the spec that they were made for."""
COUNTED: Final = {"heatmap": 10_000, "bubble_matrix": 10_000}
"""Samples over which the board counts cells if their publisher does not say: all viewers need as many, or each would see other numbers."""
MATRIX: Final = b",[["
"""In the payload of a matrix (`[time,[[1,2],[3,4]]]`), and not in that of cells (`[time,[row,column]]`)."""
NO_HISTORY: Final = History("", 0, [])


class Audience(Protocol):
    """Whom the follower tells."""

    def arrived(self) -> None:
        """There is something to take in."""
        ...

    def news(self, watched: Watched) -> None:
        """Its ring has grown."""
        ...

    def read(self, watched: Watched) -> None:
        """Its history was read: it may be filled, grown, or in another life."""
        ...

    def link(self, *, up: bool) -> None:
        """The subscription came up or went down."""
        ...


class Follower:
    """See the module. Is the listener of its subscription."""

    def __init__(
        self,
        broker: Broker,
        keys: Keys,
        catalogue: Catalogue,
        bounds: Bounds,
        counts: Counts,
        most: int,
        *,
        linger: float = LINGER_SECONDS,
    ) -> None:
        self.watched: Final[dict[str, Watched]] = {}
        self._broker = broker
        self._keys = keys
        self._catalogue = catalogue
        self._bounds = bounds
        self._counts = counts
        self._most = most
        self._linger = linger
        self._channels: dict[str, Watched] = {}
        self._queue: OrderedDict[Watched, None] = OrderedDict()
        self._queued = asyncio.Event()
        self._inbox: list[tuple[str, bytes]] = []
        self._audience: Audience | None = None
        self._keeper: CatalogueKeeper | None = None
        self.subscription: Final[Subscription] = broker.subscribe(self, parts=self)
        self.subscription.add([keys.catalogue])

    def attach(self, audience: Audience, keeper: CatalogueKeeper) -> None:
        """Whom to tell of news, and who reads specs."""
        self._audience = audience
        self._keeper = keeper

    # --- who is followed

    def follow(self, streams: Collection[str]) -> None:
        """Follow these from now on.

        Raises:
            WindsockError: `too_many_streams`; nothing is changed.
        """
        self._make_room(streams)
        new: list[Watched] = []
        for stream in streams:
            watched = self.watched.get(stream)
            if watched is None:
                watched = Watched(stream, self._keys.live(stream), self._bounds)
                self.watched[stream] = self._channels[watched.channel] = watched
                new.append(watched)
                self.respec(watched)
                if stream not in self._catalogue and self._keeper is not None:
                    self._keeper.look_for(stream)
        if new:
            self.subscription.add([watched.channel for watched in new], lambda: self._subscribed(new))

    def respec(self, watched: Watched) -> bool:
        """Take over what the catalogue says of a stream. True if it is of another kind now, and must be read anew."""
        known = self._catalogue.get(watched.id)
        if known is None:
            return False
        watched.spec = known.epoch, known.version
        watched.spec_due = 0.0
        track = watched.track
        picture = known.type == "image"
        turned = picture != track.picture
        if turned:
            track.turn(picture=picture)
        track.widen(known.active_points)
        if known.epoch != track.ring.epoch and track.filled:
            track.doubt()
        self.want(watched)
        return turned

    def want(self, watched: Watched) -> None:
        """Queue a read, if its track or a viewer needs one."""
        deep = watched.deep_after is not None and watched.track.state is not State.READING
        if not watched.queued and (watched.track.wants_read or deep):
            watched.queued = True
            self._queue[watched] = None
            self._queued.set()

    def left(self, streams: Iterable[str]) -> None:
        """A viewer watches these no more. What is not in the catalogue has no ring that somebody could come back to."""
        if self._catalogue.ready:
            idle = [self.watched[stream] for stream in streams if stream not in self._catalogue]
            self._drop([watched for watched in idle if watched.idle_since is not None and self._settled(watched)])

    def let_go(self, now: float) -> None:
        """Stop following what nobody has watched for a while."""
        idle = [(each, each.idle_since) for each in self.watched.values() if each.idle_since is not None]
        self._drop([watched for watched, since in idle if now - since >= self._linger])
        self.left([watched.id for watched, since in idle if now - since < self._linger])

    def _make_room(self, streams: Collection[str]) -> None:
        """See that no more is followed than may be: the longest idle goes first. What is in the catalogue is always taken, for that has a bound itself."""
        new = [stream for stream in streams if stream not in self.watched]
        over = len(self.watched) + len(new) - self._most
        if not new or over <= 0:
            return
        idle = [
            (each.idle_since, each.id)
            for each in self.watched.values()
            if each.idle_since is not None and each.id not in streams and self._settled(each)
        ]
        if over > len(idle) and not all(stream in self._catalogue for stream in new):
            raise WindsockError(Code.TOO_MANY_STREAMS, f"{self._most} streams are watched here already")
        gone = [self.watched[stream] for _, stream in sorted(idle)[:over]]
        DROPPED.labels("idle_stream").inc(len(gone))
        self._drop(gone)

    def _settled(self, watched: Watched) -> bool:
        """Whether it is subscribed. Before that it stays: the confirmation of all that were added together may be the one of its channel."""
        return watched.track.state is not State.CUT or not self.subscription.up

    def _drop(self, idle: Collection[Watched]) -> None:
        for watched in idle:
            watched.track.cut()
            self._queue.pop(watched, None)
            del self.watched[watched.id], self._channels[watched.channel]
        if idle:
            self.subscription.remove([watched.channel for watched in idle])
            if self._keeper is not None:
                self._keeper.seek_no_more([watched.id for watched in idle])

    @property
    def reads_waiting(self) -> int:
        """Streams whose history is to be read."""
        return len(self._queue)

    @property
    def held(self) -> int:
        """Live messages that wait for history."""
        return sum(watched.track.held for watched in self.watched.values())

    # --- windsock.shared.broker.port.Listener

    def received(self, channel: str, message: bytes) -> None:
        if channel == self._keys.catalogue:
            if self._keeper is not None:
                self._keeper.announced(message)
            return
        if not self._inbox and self._audience is not None:
            self._audience.arrived()
        self._inbox.append((channel, message))

    def take_in(self) -> None:
        """Take the live messages that have arrived into their tracks."""
        inbox, self._inbox = self._inbox, []
        for channel, message in inbox:
            watched = self._channels.get(channel)
            if watched is not None:
                self._take(watched, message)

    def _take(self, watched: Watched, message: bytes) -> None:
        try:
            live = read_live(message)
        except ValueError:
            DROPPED.labels("live_message").inc()  # somebody published on our channel by hand
            return
        self._counts.live += 1
        track = watched.track
        if track.live(live):
            self._counts.relayed += live.count
            if self._audience is not None:
                self._audience.news(watched)
        elif track.wants_read:
            self.want(watched)
        if (live.epoch, live.version) != watched.spec:
            self._look_at_spec(watched, live)

    def _look_at_spec(self, watched: Watched, live: Live) -> None:
        """A message was made for another spec than the last one."""
        watched.spec = live.epoch, live.version
        known = self._catalogue.get(watched.id)
        if self._keeper is not None and (known is None or known.epoch != live.epoch or known.version < live.version):
            self._keeper.look_at(watched.id)
            watched.spec_due = asyncio.get_running_loop().time() + SPEC_SECONDS

    def connected(self) -> None:
        log.info("subscription is up, %d streams followed", len(self.watched))
        self._subscribed(list(self.watched.values()))
        if self._keeper is not None:
            self._keeper.look_at_all()
        if self._audience is not None:
            self._audience.link(up=True)

    def disconnected(self, reason: str) -> None:
        self.take_in()
        log.warning("subscription is down: %s", reason)
        for watched in self.watched.values():
            watched.track.cut()
        if self._audience is not None:
            self._audience.link(up=False)

    # --- windsock.shared.broker.port.PartListener

    def cut(self, channels: Iterable[str]) -> None:
        self.take_in()
        for watched in self._of(channels):
            watched.track.cut()

    def mended(self, channels: Iterable[str]) -> None:
        self._subscribed(self._of(channels))

    def _of(self, channels: Iterable[str]) -> list[Watched]:
        return [self._channels[channel] for channel in channels if channel in self._channels]

    def _subscribed(self, these: Iterable[Watched]) -> None:
        for watched in these:
            if self.watched.get(watched.id) is watched:
                watched.track.subscribed()
                self.want(watched)

    # --- reading history

    async def read(self) -> None:
        """Read what is wanted, one after the other, until cancelled. Several of these run."""
        backoff = Backoff(first=0.05, most=1.0)
        while True:
            while not self._queue:
                self._queued.clear()
                await self._queued.wait()
            watched, _ = self._queue.popitem(last=False)
            watched.queued = False
            if self.watched.get(watched.id) is not watched:
                continue
            try:
                await self._read_one(watched)
                backoff.reset()
            except WindsockError as error:
                log.debug("history not read: %s", error.message)  # that the broker is away, others say
                await backoff.wait()
            self.want(watched)

    async def _history(self, stream: str, after: int, newest: int | None = None) -> History:
        """History that can't be read is none: the others wait for these readers, too."""
        try:
            return await self._broker.read(stream, after, newest)
        except UNREADABLE as error:
            unreadable("history", stream, error)
            return NO_HISTORY

    async def _widen_for_cells(self, watched: Watched) -> None:
        """Before a ring is filled. A sample that is a whole matrix takes the place of all before it: then there is nothing to count."""
        known, track = self._catalogue.get(watched.id), watched.track
        if track.filled or known is None or known.active_points or known.type not in COUNTED:
            return
        newest = await self._history(watched.id, 0, 1)
        if not newest.entries or MATRIX not in newest.entries[-1].payload:
            track.widen(COUNTED[known.type])

    async def _read_one(self, watched: Watched) -> None:
        track = watched.track
        await self._widen_for_cells(watched)
        plan = track.plan()
        if plan is not None:
            RECOVERIES.labels("fill" if plan.newest is not None else "missed").inc()
            last = track.ring.last
            try:
                history = await self._history(watched.id, plan.after, plan.newest)
            except BaseException:
                track.failed(plan)
                raise
            track.merge(plan, history)
            if plan.newest is None and track.ring.last - last > track.bounds.samples:
                track.wide_until = asyncio.get_running_loop().time() + WIDE_SECONDS
            self._counts.relayed += max(0, track.ring.last - last)
        elif watched.deep_after is not None and track.state is not State.READING:
            after, watched.deep_after = watched.deep_after, None
            RECOVERIES.labels("deep").inc()
            try:
                history = await self._history(watched.id, after)
            except BaseException:
                watched.deep_after = after if watched.deep_after is None else min(after, watched.deep_after)
                raise
            until = asyncio.get_running_loop().time() + WIDE_SECONDS
            track.deepen(history, until)
            watched.deep_done = after, until
            waiters, watched.deep_waiters = watched.deep_waiters, set()
            for viewer in waiters:
                viewer.awaiting.discard(watched.id)
        else:
            return
        if self._audience is not None:
            self._audience.read(watched)

"""Who looks at which feed, what they get of it, and that the video workers know of it.

Apart from the tick: frames come when they come, and a viewer's frames are acknowledged one by one, so that a slow line holds one picture and not a queue of
them. A feed that no visible viewer looks at is subscribed to by nobody, and its camera is let go of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from windsock.shared import wire
from windsock.shared.errors import Code, WindsockError
from windsock.shared.feeds import FeedState, FeedStore, Kind, Wish
from windsock.shared.unreadable import UNREADABLE, unreadable

from .frames import FramePacket
from .line import SLOW_SECONDS, Line
from .track import FeedTrack, Look, Shot

if TYPE_CHECKING:
    from windsock.shared.broker import RedisBroker
    from windsock.web.hub import Hub
    from windsock.web.metrics import Counts
    from windsock.web.session import Sessions
    from windsock.web.viewer import Viewer

__all__ = ["Feeds"]

log = logging.getLogger(__name__)

DEMAND_SECONDS: Final = 3.0
"""A web process that dies leaves its wishes behind for so long."""
HEARTBEAT_SECONDS: Final = 1.0
IN_FLIGHT_BYTES: Final = 64 * 1024
"""Pictures of several feeds may be under way to a viewer at a time, while they are small: at 50 kB/s this is 1.3 s."""
SHOWN_SECONDS: Final = 5.0
MOST_LOOKS: Final = 64
KINDS: Final[tuple[Kind, ...]] = ("jpeg", "small", "video")


T = TypeVar("T", bound=BaseModel)


class Feeds:
    """See the module. A listener of the feeds' channels."""

    def __init__(self, broker: RedisBroker, hub: Hub, counts: Counts, limit: int) -> None:
        self.store: Final = FeedStore(broker)
        self.subscription: Final = broker.subscribe(self)
        self._hub = hub
        self._counts = counts
        self._limit = limit
        self._tracks: dict[str, FeedTrack] = {}
        self._by_channel: dict[str, FeedTrack] = {}
        self._lines: dict[Viewer, Line] = {}
        self._news: dict[str, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    def attach(self, sessions: Sessions) -> None:
        """Take these events of viewers."""
        sessions.on("look", self._look)
        sessions.on("look_away", self._look_away)
        sessions.on("seen", self._seen)

    @property
    def looked_at(self) -> int:
        """Feeds that somebody looks at."""
        return len(self._tracks)

    # --- what viewers say

    def _look(self, viewer: Viewer, payload: object) -> dict[str, Any]:
        asked = _read(wire.Look, "look", payload)
        stream = asked.id
        if sum(viewer in track.looks for track in self._tracks.values()) >= MOST_LOOKS:
            raise WindsockError(Code.TOO_MANY_STREAMS, f"a viewer may look at {MOST_LOOKS} feeds at a time")
        track = self._track(stream)
        look = track.looks[viewer] = Look(asked.kind, self._lines.setdefault(viewer, Line()))
        self._subscribe(track)
        self._do(self._begin(track, look.wants))
        return {"looking": True}

    def _track(self, stream: str) -> FeedTrack:
        track = self._tracks.get(stream)
        if track is None:
            track = self._tracks[stream] = FeedTrack(stream)
            channels = self._channels(stream)
            self._by_channel |= dict.fromkeys(channels, track)
            self.subscription.add([channels[0]])
        return track

    def _channels(self, stream: str) -> list[str]:
        return [self.store.keys.feed_states(stream), *(self.store.channel(stream, kind) for kind in KINDS)]

    def _look_away(self, viewer: Viewer, payload: object) -> dict[str, Any]:
        track = self._tracks.get(_read(wire.LookAway, "look_away", payload).id)
        if track is not None:
            track.looks.pop(viewer, None)
            self._tidy(track)
        return {}

    def _seen(self, viewer: Viewer, payload: object) -> dict[str, Any]:
        seen = _read(wire.Seen, "seen", payload)
        track = self._tracks.get(seen.id)
        look = None if track is None else track.looks.get(viewer)
        if track is not None and look is not None:
            sent_at = look.showed(seen.kind, (seen.epoch, seen.seq))
            if sent_at is not None:
                self._judge(viewer, look.line, self._loop.time() - sent_at)
            for each in self._tracks.values() if seen.kind != "video" else (track,):
                if viewer in each.looks:
                    self._offer(each, viewer, each.looks[viewer])
        return {}

    def _subscribe(self, track: FeedTrack) -> None:
        """Hear the kinds of frames that somebody wants, and no others."""
        kinds = track.kinds()
        for kind in KINDS:
            channel = self.store.channel(track.id, kind)
            if kind in kinds:
                self.subscription.add([channel])
            else:
                self.subscription.remove([channel])
                if kind == "video":
                    track.gop.clear()

    def _judge(self, viewer: Viewer, line: Line, seconds: float) -> None:
        """A viewer needed so long for a frame: it may get others from now on."""
        if not line.took(seconds, self._loop.time()):
            return
        log.info("a viewer gets %s pictures of cameras from now on", "small" if line.slow else "all")
        for track in self._tracks.values():
            look = track.looks.get(viewer)
            if look is not None:
                look.needs_key = True
                self._subscribe(track)
                self._do(self._begin(track, look.wants))

    async def _begin(self, track: FeedTrack, kind: Kind) -> None:
        """Wake the workers, and show what is kept of the feed meanwhile."""
        await self.store.want([Wish(track.id, kind)], DEMAND_SECONDS)
        await self.store.wake(track.id)
        try:
            frame, state = await self.store.newest(track.id)
        except UNREADABLE as error:
            unreadable("camera's state", track.id, error)
            return
        if track.state is None:
            track.tell(state)
        if frame is not None and track.picture is None:
            track.picture = Shot(frame.kind, frame.epoch, frame.seq, frame.key, frame.time, FramePacket(frame.pack()))
        self._serve(track)

    # --- port.Listener

    def received(self, channel: str, message: bytes) -> None:
        track = self._by_channel.get(channel)
        if track is None:
            return
        if channel == self.store.keys.feed_states(track.id):
            try:
                state = FeedState.unpack(message)
            except UNREADABLE as error:
                unreadable("camera's state", track.id, error)
                return
            track.tell(state)
        elif track.take(message, self._loop.time()) is None:
            return
        # At the end of this pass of the loop: several frames may have come in one read, and only the newest counts.
        if not self._news:
            self._loop.call_soon(self._settle)
        self._news[track.id] = None

    def connected(self) -> None:
        for track in self._tracks.values():
            track.restart()

    def disconnected(self, reason: str) -> None:
        pass

    # --- what viewers get

    def _settle(self) -> None:
        news, self._news = self._news, {}
        for stream in news:
            track = self._tracks.get(stream)
            if track is not None:
                self._serve(track)

    def _serve(self, track: FeedTrack) -> None:
        for reader in track.readers:
            reader.set()
        for viewer, look in track.looks.items():
            self._offer(track, viewer, look)

    def _offer(self, track: FeedTrack, viewer: Viewer, look: Look) -> None:
        if viewer.hidden:
            return
        if not viewer.outlet.room(self._limit):
            track.lag(look)
            return
        if look.told != track.states and track.state is not None:
            look.told = track.states
            viewer.outlet.send(track.state)
        oldest = look.oldest()
        if oldest is not None and self._loop.time() - oldest > SLOW_SECONDS:
            self._judge(viewer, look.line, self._loop.time() - oldest)
        for shot in track.due(look):
            if not viewer.outlet.room(self._limit) or not self._may(viewer, look, shot):
                track.lag(look)
                return
            before = look.sent.get(shot.kind)
            if shot.kind != "video" and before is not None and before[0] == shot.epoch:
                self._counts.coalesced += max(0, shot.seq - before[1] - 1)
            look.took(shot, self._loop.time())
            self._counts.deliveries += 1
            self._counts.bytes += viewer.outlet.send(shot.packet)

    def _may(self, viewer: Viewer, look: Look, shot: Shot) -> bool:
        """Whether so much more may be under way."""
        if shot.kind == "video":
            return look.in_flight + shot.packet.size <= look.line.room or not look.in_flight
        if look.in_flight:
            return False
        others = sum(
            other.in_flight for track in self._tracks.values() if (other := track.looks.get(viewer)) is not None
        )
        return not others or others + shot.packet.size <= IN_FLIGHT_BYTES

    # --- once a second

    async def run(self) -> None:
        """Let the workers know who looks at what, until cancelled."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            now = self._loop.time()
            wishes: list[Wish] = []
            for track in list(self._tracks.values()):
                for viewer in [each for each in track.looks if self._hub.viewers.get(each.sid) is not each]:
                    del track.looks[viewer]
                for look in track.looks.values():
                    oldest = look.oldest()
                    if oldest is not None and now - oldest > SHOWN_SECONDS:
                        look.forget()
                if not self._tidy(track):
                    self._serve(track)
                    wishes += [Wish(track.id, kind) for kind in track.kinds()]
            self._lines = {
                viewer: line for viewer, line in self._lines.items() if self._hub.viewers.get(viewer.sid) is viewer
            }
            try:
                await self.store.want(wishes, DEMAND_SECONDS)
            except WindsockError as error:
                log.debug("the workers were not told: %s", error.message)

    def _tidy(self, track: FeedTrack) -> bool:
        """Let go of a feed that nobody looks at. Whether that was so."""
        if track.used():
            self._subscribe(track)
            return False
        if self._tracks.get(track.id) is track:
            del self._tracks[track.id]
            channels = self._channels(track.id)
            self.subscription.remove(channels)
            for channel in channels:
                self._by_channel.pop(channel, None)
        return True

    def _do(self, work: Any) -> None:
        async def tried() -> None:
            try:
                await work
            except WindsockError as error:
                log.debug("a look at a feed was not passed on: %s", error.message)

        task = asyncio.create_task(tried())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- other programs

    async def pictures(self, stream: str) -> AsyncGenerator[tuple[int, bytes]]:
        """A feed's pictures, from the one that is kept on: when each was taken, and the JPEG. Newest wins: who takes long for one gets the newest after it."""
        track, new = self._track(stream), asyncio.Event()
        track.readers.add(new)
        try:
            self._subscribe(track)
            await self._begin(track, "jpeg")
            last: Shot | None = None
            while True:
                shot = track.picture
                if shot is not None and shot is not last:
                    last = shot
                    yield shot.time, shot.packet.picture
                else:
                    new.clear()
                    await new.wait()
        finally:
            track.readers.discard(new)
            self._tidy(track)


def _read(shape: type[T], event: str, payload: object) -> T:
    try:
        return shape.model_validate(payload, strict=True)
    except ValidationError as error:
        raise WindsockError(Code.INVALID, f"{event}: {error.errors()[0]['msg']}") from None

"""Feeds in Redis: their URLs apart from what viewers can read, who wants which, and who holds which.

Guarantees: a feed has one owner at a time, by a lease that only its owner renews; what `publish` sends was sent by who held the lease at that very
moment, since Redis compares and sends in one script. So a worker that was frozen past its lease and goes on sends nothing. Every method raises
`WindsockError(unavailable)` when the broker does not answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from windsock.shared import codec
from windsock.shared.broker.lua import DEMAND, FRAME, OWN, RELEASE, WANTED
from windsock.shared.broker.resp import ReplyError
from windsock.shared.errors import Code, WindsockError

from .frame import Frame, Kind
from .state import FeedState, State

if TYPE_CHECKING:
    from windsock.shared.broker.redis import RedisBroker

__all__ = ["Feed", "FeedStore", "Tenure", "Wish"]

STATE_TTL_MS: Final = 15_000
"""A state is repeated more often than this while the feed is held: one that nobody repeats says nothing any more."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A camera as its publisher registered it. `url` may hold a password."""

    stream: str
    url: str = field(repr=False)
    options: dict[str, Any] = field(default_factory=dict[str, Any])


class Wish(NamedTuple):
    """Somebody watches a feed, in one kind of frames."""

    stream: str
    kind: Kind


class Tenure(NamedTuple):
    """An answer to `own`: ours under this epoch (from 1), or (epoch 0) somebody else's for so many ms more."""

    epoch: int
    left_ms: int


class FeedStore:
    """See the module. One a process: its token is what leases are held by."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker: Final = broker
        self.keys: Final = broker.keys
        self.token: Final = secrets.token_hex(8)

    async def _call(self, *commands: tuple[str | bytes | int, ...]) -> list[Any]:
        replies = await self._broker.call(*commands)
        for reply in replies:
            if isinstance(reply, ReplyError):
                self._broker.look_again(reply)
                raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        return replies

    # --- which feeds there are

    async def feeds(self) -> dict[str, Feed]:
        """All feeds."""
        (flat,) = await self._call(("HGETALL", self.keys.feeds))
        pairs = cast("list[bytes]", flat)
        return {name.decode(): _read(name.decode(), text) for name, text in zip(pairs[::2], pairs[1::2], strict=True)}

    async def feed(self, stream: str) -> Feed | None:
        """One feed."""
        (text,) = await self._call(("HGET", self.keys.feeds, stream))
        return None if text is None else _read(stream, cast("bytes", text))

    # --- who wants which

    async def want(self, wishes: Iterable[Wish], seconds: float) -> None:
        """Say that these feeds are watched, for so long."""
        members = [f"{wish.kind}:{wish.stream}" for wish in wishes]
        if members:
            await self._call(("EVALSHA", DEMAND.sha, 1, self.keys.feed_demand, round(seconds * 1000), *members))

    async def wake(self, stream: str) -> None:
        """Let the workers look at a feed now, and not only at their next round."""
        await self._call(("PUBLISH", self.keys.feeds_wake, stream))

    async def wanted(self) -> set[Wish]:
        """What is watched at the moment."""
        (members,) = await self._call(("EVALSHA", WANTED.sha, 1, self.keys.feed_demand))
        wishes: set[Wish] = set()
        for member in cast("list[bytes]", members):
            kind, _, stream = member.decode().partition(":")
            wishes.add(Wish(stream, cast("Kind", kind)))
        return wishes

    # --- who holds which

    async def own(self, streams: Iterable[str], lease_ms: int) -> dict[str, Tenure]:
        """Take each feed that nobody holds, renew those that are ours."""
        names = list(streams)
        if not names:
            return {}
        replies = await self._call(
            *(
                ("EVALSHA", OWN.sha, 2, self.keys.feed_owner(name), self.keys.feed_fence(name), self.token, lease_ms)
                for name in names
            )
        )
        return {
            name: Tenure(reply, 0) if reply > 0 else Tenure(0, -reply)
            for name, reply in zip(names, cast("list[int]", replies), strict=True)
        }

    async def release(self, streams: Iterable[str]) -> None:
        """Let go of feeds that are ours, so that another worker need not wait."""
        names = list(streams)
        if names:
            await self._call(*(("EVALSHA", RELEASE.sha, 1, self.keys.feed_owner(name), self.token) for name in names))

    # --- what is sent

    async def publish(self, frame: Frame, ttl_ms: int) -> bool:
        """Send a frame, if the feed is ours at this moment. `ttl_ms`: keep it as the newest for so long (0: do not)."""
        channel = self.channel(frame.stream, frame.kind)
        return await self._guarded(frame.stream, self.keys.frame(frame.stream), channel, frame.pack(), ttl_ms)

    def channel(self, stream: str, kind: Kind) -> str:
        """Where a feed's frames of a kind are heard."""
        keys = self.keys
        return {"jpeg": keys.frames, "small": keys.small_frames, "video": keys.access_units}[kind](stream)

    async def publish_as_video(self, frame: Frame) -> bool:
        """Send a picture to those who asked for the camera's own stream, which this camera does not have."""
        stream = frame.stream
        return await self._guarded(stream, self.keys.frame(stream), self.keys.access_units(stream), frame.pack(), 0)

    async def tell(self, state: FeedState) -> bool:
        """Tell viewers how a feed is, if it is ours at this moment."""
        stream = state.stream
        return await self._guarded(
            stream, self.keys.feed_state(stream), self.keys.feed_states(stream), state.pack(), STATE_TTL_MS
        )

    async def _guarded(self, stream: str, key: str, channel: str, message: bytes, ttl_ms: int) -> bool:
        (sent,) = await self._call(
            (
                "EVALSHA", FRAME.sha, 2, self.keys.feed_owner(stream), key,
                self.token, channel, message, ttl_ms, self._broker.live_command,
            )
        )  # fmt: skip
        return bool(sent)

    async def state(self, stream: str) -> FeedState:
        """How a feed is."""
        (state,) = await self._call(("GET", self.keys.feed_state(stream)))
        return FeedState(stream, State.IDLE, 0) if state is None else FeedState.unpack(cast("bytes", state))

    async def newest(self, stream: str) -> tuple[Frame | None, FeedState]:
        """The newest picture that is kept, and how the feed is."""
        frame, state = await self._call(("GET", self.keys.frame(stream)), ("GET", self.keys.feed_state(stream)))
        return (
            None if frame is None else Frame.unpack(cast("bytes", frame)),
            FeedState(stream, State.IDLE, 0) if state is None else FeedState.unpack(cast("bytes", state)),
        )


def _read(stream: str, text: bytes) -> Feed:
    fields = cast("dict[str, Any]", codec.decode(text))
    return Feed(stream, str(fields["url"]), cast("dict[str, Any]", fields.get("options") or {}))


def feed_text(url: str, options: Mapping[str, Any] | None) -> bytes:
    """A feed as it stands in Redis."""
    return codec.encode({"url": url, "options": options or {}})

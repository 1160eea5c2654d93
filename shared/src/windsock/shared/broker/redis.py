"""The broker on Redis or Valkey, as one server, behind sentinels or as a cluster: the guarantees of `port.Broker`, kept by a few Lua scripts.

Batches published one after the other are stored in that order. Connections are opened when first needed and again after they were lost; a call that finds its
connection lost raises `unavailable` and leaves it to its caller whether to try again.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.keys import Keys
from windsock.shared.runtime import now_ms
from windsock.shared.settings import Settings
from windsock.shared.unreadable import unreadable

from .address import BrokerUrl, Kind
from .lua import PUBLISH, READ, REGISTER
from .port import Batch, Entry, History, Listener, Live, PartListener, Receipt, Status, StoredSpec, Subscription
from .reach import OneServer, Reach
from .resp import Link, ReplyError, Word, pack
from .servers import FixedServer, SentinelServer

__all__ = ["RedisBroker", "read_live"]

log = logging.getLogger(__name__)

NO_LIMIT: Final = 2**53
"""Of streams: the largest whole number that Lua counts without a hole."""
REPEAT_SECONDS: Final = 60.0
"""After a loss, what was put into the catalogue this lately is put there again: the primary that died may not have passed it on."""


def read_live(message: bytes) -> Live:
    """Take a live message apart: `<epoch> <last offset> <count> <spec version>`, a line feed, the payload (written by publish.lua)."""
    head, _, payload = message.partition(b"\n")
    epoch, offset, count, version = head.split(b" ")
    return Live(epoch.decode(), int(offset), int(count), int(version), payload)


def _reach(url: BrokerUrl, keys: Keys, name: str, replicas: int) -> Reach:
    if url.kind is Kind.CLUSTER:
        from .cluster import Cluster  # noqa: PLC0415  # brings redis-py with it, whose import takes a third of a service's start

        return Cluster(url, keys, name, replicas)
    server = SentinelServer(url) if url.kind is Kind.SENTINEL else FixedServer(url.seeds[0])
    return OneServer(server, keys, name, replicas)


class RedisBroker:
    """See `windsock.shared.broker.port.Broker`."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.keys: Final = Keys(settings.redis_prefix)
        self._settings = settings
        self._name = name
        self._reach: Final = _reach(BrokerUrl(settings.redis_url), self.keys, name, settings.redis_replicas)
        self._live_command: Final = self._reach.live_command
        self._history_bytes: Final = settings.history_bytes
        self._max_sources: Final = settings.max_sources
        # Candidate epochs must differ between processes and lives of the broker; which one is taken is decided in publish.lua.
        self._epoch_seed: Final = f"{secrets.token_hex(6)}."
        self._epochs = 0
        self._losses = 0
        self._registered: dict[str, float] = {}

    # --- calls

    @property
    def live_command(self) -> str:
        """How scripts publish on a stream's channels: PUBLISH or SPUBLISH."""
        return self._live_command

    async def call(self, *commands: tuple[Word, ...]) -> list[Any]:
        """Run commands in one round trip to each server; errors among the replies are returned as `ReplyError` objects.

        Raises:
            WindsockError: `unavailable`.
        """
        return await self._reach.call(commands)

    async def open(self, key: str, name: str) -> Link:
        """A connection of its own to where a key lives, for commands that wait."""
        return await self._reach.open(key, name)

    async def _one(self, *command: Word) -> Any:
        (reply,) = await self._reach.call((command,))
        if isinstance(reply, ReplyError):
            self._reach.note(reply)
            raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        return reply

    def look_again(self, reply: ReplyError) -> None:
        """An error that one of our scripts, or a connection from `open`, got: it may say that scripts are forgotten, or that keys are elsewhere now."""
        self._reach.note(reply)

    # --- port.Broker

    async def publish(self, batches: Sequence[Batch]) -> list[Receipt | WindsockError]:
        now = now_ms()
        packed = [self._packed(batch, now) for batch in batches]
        replies = await self._reach.write([batch.stream for batch in batches], packed)
        results: list[Receipt | WindsockError] = []
        for reply in replies:
            if isinstance(reply, ReplyError):
                self._reach.note(reply)
                results.append(WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}"))
            elif isinstance(reply, WindsockError):
                results.append(reply)
            else:
                status, epoch, offset, version, seq = cast("tuple[int, bytes, int, int, int]", reply)
                results.append(Receipt(Status(status), epoch.decode(), offset, version, seq))
        return results

    def _packed(self, batch: Batch, now: int) -> bytes:
        keys, stream = self.keys, batch.stream
        self._epochs += 1
        words: list[Word] = [
            "EVALSHA",
            PUBLISH.sha,
            3,
            keys.spec(stream),
            keys.history(stream),
            keys.sources(stream),
            batch.count,
            batch.payload,
            batch.keep,
            self._history_bytes,
            f"{self._epoch_seed}{self._epochs:x}",
            batch.version,
            batch.source,
            batch.first_seq,
            batch.last_seq,
            now,
            self._max_sources,
            self._live_command,
            keys.live(stream),
            batch.epoch,
            batch.offset,
        ]
        for name, text in batch.spec:
            words += (name, text)
        return pack(tuple(words))

    async def register(self, stream: str, *, back: bool = False) -> None:
        most = NO_LIMIT if back else self._settings.max_streams
        reply = await self._one("EVALSHA", REGISTER.sha, 1, self.keys.streams, stream, now_ms(), most)
        if reply < 0:
            raise WindsockError(
                Code.TOO_MANY_STREAMS,
                f"there are {self._settings.max_streams} streams already; remove some, or raise WINDSOCK_MAX_STREAMS",
            )
        if reply > 0:
            self._registered[stream] = time.monotonic()

    async def _register_again(self) -> None:
        """On a cluster the catalogue and a stream live on different servers: the stream may be there, and its entry lost with the server that died."""
        since = time.monotonic() - REPEAT_SECONDS
        self._registered = {stream: at for stream, at in self._registered.items() if at > since}
        if self._reach.losses != self._losses:
            losses, streams = self._reach.losses, list(self._registered)
            for stream, spec in zip(streams, await self.specs(streams), strict=True):
                if spec is not None:
                    await self.register(stream, back=True)
                    await self.announce(stream)
            self._losses = losses

    async def announce(self, stream: str) -> None:
        await self._one("PUBLISH", self.keys.catalogue, f"set {stream}")

    async def set_feeds(self, feeds: Mapping[str, bytes]) -> None:
        for stream, text in feeds.items():
            await self._one("HSET", self.keys.feeds, stream, text)
            await self._one("PUBLISH", self.keys.feeds_wake, stream)

    async def streams(self) -> list[str]:
        found: list[str] = []
        for member in cast("list[bytes]", await self._one("ZRANGE", self.keys.streams, 0, -1)):
            try:
                found.append(member.decode())
            except UnicodeDecodeError as error:
                unreadable("id", repr(member[:40]), error)
        return found

    async def specs(self, streams: Sequence[str]) -> list[StoredSpec | None]:
        if not streams:
            return []
        replies = await self.call(*(("HGETALL", self.keys.spec(stream)) for stream in streams))
        for reply in replies:
            if isinstance(reply, ReplyError):
                raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        return [self._read_spec(stream, reply) for stream, reply in zip(streams, replies, strict=True)]

    async def foreign(self, streams: Sequence[str]) -> set[str]:
        keys = self.keys
        owned = {b"hash": (keys.spec, keys.sources), b"stream": (keys.history,)}
        asked = [(stream, kind, key(stream)) for stream in streams for kind, names in owned.items() for key in names]
        replies = await self.call(*(("TYPE", key) for _, _, key in asked))
        found: set[str] = set()
        for (stream, kind, _), reply in zip(asked, replies, strict=True):
            if isinstance(reply, ReplyError):
                self._reach.note(reply)
                raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
            if reply not in {kind, b"none"}:
                found.add(stream)
        return found

    @staticmethod
    def _read_spec(stream: str, flat: list[bytes]) -> StoredSpec | None:
        pairs = dict(zip(flat[::2], flat[1::2], strict=True))
        epoch = pairs.get(b"@epoch")
        if epoch is None:
            return None
        fields: dict[str, Any] = {}
        for name, text in pairs.items():
            if not name.startswith(b"@"):
                try:
                    fields[name.decode()] = codec.decode(text)
                except ValueError as error:
                    unreadable("spec", stream, error)  # the field counts as absent: one of one stream ends no service
        return StoredSpec(fields, epoch.decode(), int(pairs.get(b"@offset", 0)), int(pairs.get(b"@version", 0)))

    async def read(
        self, stream: str, after: int = 0, newest: int | None = None, *, most_bytes: int | None = None
    ) -> History:
        reply = await self._one(
            "EVALSHA",
            READ.sha,
            2,
            self.keys.spec(stream),
            self.keys.history(stream),
            after,
            "" if newest is None else newest,
            "" if most_bytes is None else most_bytes,
        )
        epoch, offset, raw = cast("tuple[bytes, int, list[tuple[bytes, list[bytes]]]]", reply)
        entries: list[Entry] = []
        for entry_id, fields in raw:
            # The order of the fields is publish.lua's: p payload, n count, c bytes before.
            entries.append(Entry(int(entry_id.partition(b"-")[0]), int(fields[3]), fields[1]))
        return History(epoch.decode(), offset, entries)

    async def remove(self, stream: str) -> bool:
        keys = self.keys
        # The catalogue first: a web process that looks again in between finds either all or nothing of the stream.
        gone = await self._one("ZREM", keys.streams, stream)
        deleted = await self._one(
            "DEL", keys.spec(stream), keys.history(stream), keys.sources(stream), keys.frame(stream)
        )
        await self._one("HDEL", keys.feeds, stream)
        await self._one("PUBLISH", keys.feeds_wake, stream)
        await self._one("PUBLISH", keys.catalogue, f"del {stream}")
        return bool(gone or deleted)

    def subscribe(
        self, listener: Listener, *, patterns: Sequence[str] = (), parts: PartListener | None = None
    ) -> Subscription:
        return self._reach.subscribe(self._name, listener, patterns, parts)

    async def ping(self) -> None:
        await self._reach.ping()
        await self._register_again()

    async def close(self) -> None:
        await self._reach.close()

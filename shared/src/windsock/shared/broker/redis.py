"""The broker on Redis or Valkey: the guarantees of `port.Broker`, kept by three Lua scripts and one connection.

Calls share a connection, so batches published one after the other are stored in that order. The connection is opened when first needed and again after it was
lost; a call that finds it lost raises `unavailable` and leaves it to its caller whether to try again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.keys import Keys
from windsock.shared.runtime import now_ms
from windsock.shared.settings import Settings

from .lua import ALL, PUBLISH, READ, REGISTER, Script
from .port import Batch, Entry, History, Listener, Live, Receipt, Status, StoredSpec
from .resp import Address, Link, ReplyError, Word, pack
from .subscription import RedisSubscription

__all__ = ["RedisBroker", "read_live"]

log = logging.getLogger(__name__)

CALL_SECONDS: Final = 5.0
"""A broker that takes longer than this for one call counts as away."""


def read_live(message: bytes) -> Live:
    """Take a live message apart: `<epoch> <last offset> <count> <spec version>`, a line feed, the payload (written by publish.lua)."""
    head, _, payload = message.partition(b"\n")
    epoch, offset, count, version = head.split(b" ")
    return Live(epoch.decode(), int(offset), int(count), int(version), payload)


class RedisBroker:
    """See `windsock.shared.broker.port.Broker`."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.keys: Final = Keys(settings.redis_prefix)
        self.address: Final = Address(settings.redis_url)
        self._settings = settings
        self._name = name
        self._link: Link | None = None
        self._opening = asyncio.Lock()
        self._scripts: dict[bytes, Script] = {script.sha: script for script in ALL}
        # Candidate epochs must differ between processes and lives of the broker; which one is taken is decided in publish.lua.
        self._epoch_seed: Final = f"{secrets.token_hex(6)}."
        self._epochs = 0

    # --- calls

    async def call(self, *commands: tuple[Word, ...]) -> list[Any]:
        """Run commands in one round trip; errors among the replies are returned as `ReplyError` objects.

        Raises:
            WindsockError: `unavailable`.
        """
        return await self._send(b"".join([pack(command) for command in commands]), len(commands))

    async def _send(self, packed: bytes, replies: int) -> list[Any]:
        link = self._link
        if link is None or link.closed:
            link = await self._open()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await link.send(packed, replies)
        except TimeoutError:
            link.abort()
            raise WindsockError(
                Code.UNAVAILABLE, f"the broker at {self.address} did not answer in {CALL_SECONDS:g} s"
            ) from None

    async def _open(self) -> Link:
        async with self._opening:
            if self._link is None or self._link.closed:
                link = await Link.open(self.address, self._name)
                replies = await link.call(*(("SCRIPT", "LOAD", script.source) for script in self._scripts.values()))
                for reply in replies:
                    if isinstance(reply, ReplyError):
                        link.abort()
                        raise WindsockError(Code.UNAVAILABLE, f"the broker refuses our scripts: {reply}")
                self._link = link
            return self._link

    async def _one(self, *command: Word) -> Any:
        (reply,) = await self.call(command)
        if isinstance(reply, ReplyError):
            if str(reply).startswith("NOSCRIPT"):
                self._forget_link()  # SCRIPT FLUSH, or another server behind the same address: the next call loads them again
            raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        return reply

    def look_again(self, reply: ReplyError) -> None:
        """A reply to one of our scripts was an error: if the broker has forgotten them, the next call loads them again."""
        if str(reply).startswith("NOSCRIPT"):
            self._forget_link()

    def _forget_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.abort()

    # --- port.Broker

    async def publish(self, batches: Sequence[Batch]) -> list[Receipt | WindsockError]:
        now = now_ms()
        packed = b"".join([self._packed(batch, now) for batch in batches])
        replies = await self._send(packed, len(batches))
        results: list[Receipt | WindsockError] = []
        for reply in replies:
            if isinstance(reply, ReplyError):
                if str(reply).startswith("NOSCRIPT"):
                    self._forget_link()
                results.append(WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}"))
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
            4,
            keys.spec(stream),
            keys.history(stream),
            keys.sources(stream),
            keys.live(stream),
            batch.count,
            batch.payload,
            batch.keep,
            self._settings.history_bytes,
            f"{self._epoch_seed}{self._epochs:x}",
            batch.version,
            batch.source,
            batch.first_seq,
            batch.last_seq,
            now,
            self._settings.max_sources,
            "PUBLISH",
        ]
        for name, text in batch.spec:
            words += (name, text)
        return pack(tuple(words))

    async def register(self, stream: str) -> None:
        reply = await self._one(
            "EVALSHA", REGISTER.sha, 1, self.keys.streams, stream, now_ms(), self._settings.max_streams
        )
        if reply < 0:
            raise WindsockError(
                Code.TOO_MANY_STREAMS,
                f"there are {self._settings.max_streams} streams already; remove some, or raise WINDSOCK_MAX_STREAMS",
            )

    async def announce(self, stream: str) -> None:
        await self._one("PUBLISH", self.keys.catalogue, f"set {stream}")

    async def set_feeds(self, feeds: Mapping[str, bytes]) -> None:
        for stream, text in feeds.items():
            await self._one("HSET", self.keys.feeds, stream, text)
            await self._one("PUBLISH", self.keys.feeds_wake, stream)

    async def streams(self) -> list[str]:
        return [member.decode() for member in await self._one("ZRANGE", self.keys.streams, 0, -1)]

    async def specs(self, streams: Sequence[str]) -> list[StoredSpec | None]:
        if not streams:
            return []
        replies = await self.call(*(("HGETALL", self.keys.spec(stream)) for stream in streams))
        for reply in replies:
            if isinstance(reply, ReplyError):
                raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        return [self._read_spec(reply) for reply in replies]

    @staticmethod
    def _read_spec(flat: list[bytes]) -> StoredSpec | None:
        pairs = dict(zip(flat[::2], flat[1::2], strict=True))
        epoch = pairs.get(b"@epoch")
        if epoch is None:
            return None
        fields = {name.decode(): codec.decode(text) for name, text in pairs.items() if not name.startswith(b"@")}
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

    def subscribe(self, listener: Listener, *, patterns: Sequence[str] = ()) -> RedisSubscription:
        return RedisSubscription(self.address, self.keys, self._name, listener, patterns)

    async def ping(self) -> None:
        await self._one("PING")

    async def close(self) -> None:
        self._forget_link()

"""A copy of ingest-redis in the test's own loop, on a real broker, and publishers that write to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncGenerator
from typing import Any, Self

from kit.history import rows_of, values_of
from kit.waiting import until_async
from windsock.ingest_redis.complaints import Complaints
from windsock.ingest_redis.inbound import Inbound
from windsock.ingest_redis.inbox import Inbox
from windsock.ingest_redis.lease import Lease
from windsock.ingest_redis.reader import Reader, Role
from windsock.shared.broker import RedisBroker
from windsock.shared.intake import Intake
from windsock.shared.settings import Settings

__all__ = ["Copy", "Ear"]


class Ear:
    """Writes down what it hears on one channel."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.up = False

    def received(self, channel: str, message: bytes) -> None:
        self.heard.append(json.loads(message))

    def connected(self) -> None:
        self.up = True

    def disconnected(self, reason: str) -> None:
        self.up = False


class Copy:
    """One copy; an async context manager that stops it in order. `die` ends it as a crash does."""

    def __init__(self, settings: Settings) -> None:
        self.broker = RedisBroker(settings, "test")
        self.keys = self.broker.keys
        self.intake = Intake(self.broker, settings, "redis")
        complaints = Complaints(self.broker)
        self.lease = Lease(self.broker, f"copy-{secrets.token_hex(4)}")
        self.inbox = Inbox(self.broker, settings, self.intake, self.lease, complaints)
        inbound = Inbound(self.keys, settings, self.intake, self.lease, complaints)
        self.reader = Reader(self.broker, self.intake, self.lease, self.inbox, inbound)
        self._waiting = self.broker.subscribe(self.lease)
        self._waiting.add([self.keys.inbox_lease])
        self._work = (complaints.run(), self._waiting.run(), self.intake.run(), self.reader.run())
        self._alive = True

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(part) for part in self._work]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._alive:
            await self.reader.stop()
            await self.intake.drain()
            await self.reader.hand_over()
        await self.die()

    async def die(self) -> None:
        """End, with all that was in hand lost."""
        self._alive = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.broker.close()

    async def active(self) -> Self:
        """Wait until it reads both ways in."""
        await until_async(lambda: self.reader.role is Role.ACTIVE and self.reader.hearing, "this copy reads")
        return self

    # --- publishers

    async def publish(self, stream: str | bytes, message: object) -> int:
        """PUBLISH a message on a stream's channel; how many heard it."""
        channel = self.keys.inbound("").encode() + (stream if isinstance(stream, bytes) else stream.encode())
        (heard,) = await self.broker.call(("PUBLISH", channel, as_bytes(message)))
        return heard

    async def add(self, *messages: object, entry: str = "*") -> list[bytes]:
        """XADD messages to the inbox; their entries' ids."""
        return await self.broker.call(
            *(("XADD", self.keys.inbox, entry, "m", as_bytes(message)) for message in messages)
        )

    # --- what came of it

    async def length(self) -> int:
        """Entries in the inbox."""
        (length,) = await self.broker.call(("XLEN", self.keys.inbox))
        return length

    async def settled(self) -> None:
        """Wait until nothing is in the inbox, nor handed out."""

        async def empty() -> bool:
            length, pending = await self.broker.call(
                ("XLEN", self.keys.inbox), ("XPENDING", self.keys.inbox, self.keys.inbox_group)
            )
            return length == 0 and pending[0] == 0

        await until_async(empty, "the inbox is empty and settled")

    async def rows(self, stream: str) -> list[list[Any]]:
        """All rows of a stream in history."""
        return await rows_of(self.broker, stream)

    async def values(self, stream: str) -> list[Any]:
        """The first value of each row."""
        return await values_of(self.broker, stream)

    async def wait_for(self, stream: str, count: int) -> list[Any]:
        """The values of a stream, once there are so many."""

        async def there() -> bool:
            return len(await self.rows(stream)) >= count

        await until_async(there, f"{count} rows of {stream!r} are in history")
        return await self.values(stream)

    @contextlib.asynccontextmanager
    async def listening(self, channel: str) -> AsyncGenerator[Ear]:
        """Hear a channel."""
        ear = Ear()
        subscription = self.broker.subscribe(ear)
        subscription.add([channel])
        task = asyncio.create_task(subscription.run())
        try:
            await until_async(lambda: ear.up, "the channel is heard")
            yield ear
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def as_bytes(message: object) -> bytes:
    return message if isinstance(message, bytes) else json.dumps(message).encode()

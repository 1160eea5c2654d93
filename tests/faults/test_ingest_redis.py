"""ingest-redis as real processes: the one that reads is killed, and the inbox is read on by the other."""

from __future__ import annotations

import asyncio
import random

import pytest
from kit.history import values_of as values
from kit.service import ServiceProcess
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import load_settings

pytestmark = pytest.mark.faults

KILLS = 4


class Publisher:
    """Adds to the inbox as fast as Redis takes it, without numbers of its own, until it is told to stop."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker
        self.added = 0
        self._stop = asyncio.Event()

    async def run(self) -> None:
        while not self._stop.is_set():
            first = self.added
            await self._broker.call(
                *(
                    ("XADD", self._broker.keys.inbox, "*", "m", b'{"id":"s%d","value":%d}' % (n % 3, n))
                    for n in range(first, first + 30)
                )
            )
            self.added += 30
            await asyncio.sleep(0.005)

    def stop(self) -> None:
        self._stop.set()


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_through_kills_of_the_reader_each_entry_is_stored_once_and_in_order(broker_url: str) -> None:
    dice = random.Random(3)
    broker = RedisBroker(load_settings(redis_url=broker_url), "test")
    keys = broker.keys
    copies = [ServiceProcess("ingest_redis", broker_url, history_samples=10_000_000) for _ in range(2)]
    publisher = Publisher(broker)
    publishing = asyncio.create_task(publisher.run())

    async def reader() -> ServiceProcess | None:
        (holder,) = await broker.call(("GET", keys.inbox_lease))
        return next((copy for copy in copies if holder and f"-{copy.pid}-".encode() in holder), None)

    async def settled() -> int:
        length, info = await broker.call(("XLEN", keys.inbox), ("XINFO", "STREAM", keys.inbox))
        return int(dict(zip(info[::2], info[1::2], strict=False))[b"entries-added"]) - length

    try:
        for copy in copies:
            copy.start(wait=False)
        for _ in range(KILLS):
            await until_async(reader, "one copy reads", 30)
            goal = await settled() + dice.randint(200, 2000)

            async def reached(goal: int = goal) -> bool:
                return await settled() >= goal

            await until_async(reached, "the inbox is read", 30)
            victim = await reader()
            assert victim is not None
            victim.kill()
            victim.start(wait=False)
        publisher.stop()
        await publishing

        async def empty() -> bool:
            (length,) = await broker.call(("XLEN", keys.inbox))
            return length == 0

        await until_async(empty, "the inbox is empty", 30)
        for stream in range(3):
            assert await values(broker, f"s{stream}") == list(range(stream, publisher.added, 3)), (
                "each entry once, in order"
            )
    finally:
        publisher.stop()
        await publishing
        for copy in copies:
            copy.close()
        await broker.close()


async def test_both_copies_are_ready_and_stop_in_order(broker_url: str) -> None:
    with ServiceProcess("ingest_redis", broker_url) as first, ServiceProcess("ingest_redis", broker_url) as second:
        active = [copy.metric("windsock_reader_active") for copy in (first, second)]
        assert sum(active) <= 1, "never two"
        assert first.readiness()["status"] == second.readiness()["status"] == "ready"
        assert first.stop() == 0
        assert second.stop() == 0

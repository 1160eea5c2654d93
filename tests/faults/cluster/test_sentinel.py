"""The services behind sentinels: a failover, asked for or not, loses nothing that the replica had."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kit.acked import AckedPublisher
from kit.history import values_of
from kit.relay import Viewer, running_relay
from kit.sentinel import SentinelSet
from kit.service import ServiceProcess
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import load_settings

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

STREAMS = ["a", "b"]


@pytest.fixture
def sentinels() -> Iterator[SentinelSet]:
    with SentinelSet() as standing:
        yield standing


async def test_failovers_lose_nothing_that_the_replica_had(sentinels: SentinelSet) -> None:
    settings = load_settings(redis_url=sentinels.url, web_port=0, tick_ms=20)
    with ServiceProcess("ingest_tcp", sentinels.url, redis_replicas=1) as ingest:
        async with (
            running_relay(settings) as web,
            AckedPublisher(ingest.port("tcp_port"), STREAMS) as publisher,
            Viewer(web.port) as viewer,
        ):
            await publisher.until_acked(50)
            await viewer.watch(*STREAMS)

            await viewer.until(lambda: all(viewer.line(name).offset for name in STREAMS), "both streams move", 20)
            epochs = {name: viewer.line(name).epoch for name in STREAMS}

            first = sentinels.primary
            sentinels.hand_over()
            await until_async(lambda: sentinels.primary is not first, "handed over", 40)
            await publisher.until_acked(200, 40)

            second = sentinels.primary
            await until_async(lambda: sentinels.follows(first, second), "the first one is its replica", 40)
            second.kill()
            await until_async(lambda: sentinels.primary is first, "failed over", 40)
            # Acknowledgements wait for a replica, and there is none: nothing is promised that one machine's death could break.
            before = publisher.acked
            sentinels.revive(second)
            await publisher.until_acked(200, 60)
            assert publisher.acked > before

            await publisher.stop()
            await until_async(lambda: web.relay.follower.subscription.up, "the subscription is up", 20)
            await viewer.until_offset(publisher.sent, 20)
            broker = RedisBroker(settings, "test")
            try:
                for name in STREAMS:
                    expected = list(range(1, publisher.promised[name] + 1))
                    assert await values_of(broker, name) == expected
                    assert viewer.line(name).values == expected
                    assert (viewer.line(name).epoch, viewer.line(name).lost) == (epochs[name], 0)
            finally:
                await broker.close()
            assert ingest.metric("windsock_broker_lost_samples_total") == 0

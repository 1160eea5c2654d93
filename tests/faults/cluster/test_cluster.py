"""The services on a real cluster while slots move and primaries die: nothing acknowledged is lost where a replica had it, and viewers recover by themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager

import pytest
from kit.acked import AckedPublisher
from kit.cluster import ValkeyCluster
from kit.history import values_of
from kit.relay import Ledger, RunningRelay, Viewer, running_relay
from kit.service import ServiceProcess
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import Settings, load_settings

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

STREAMS = [f"s{number}" for number in range(9)]
FAILOVER_SECONDS = 40.0


@pytest.fixture(scope="module")
def standing() -> Iterator[ValkeyCluster]:
    """Three primaries with a replica each, on disk."""
    with ValkeyCluster(replicas=1, persistent=True) as cluster:
        yield cluster


@pytest.fixture
def cluster(standing: ValkeyCluster) -> ValkeyCluster:
    """The same, empty and whole again."""
    standing.heal()
    standing.flush()
    return standing


def settings_for(cluster: ValkeyCluster, **more: object) -> Settings:
    return load_settings(redis_url=cluster.url, web_port=0, tick_ms=20, **more)


@asynccontextmanager
async def broker_on(cluster: ValkeyCluster) -> AsyncGenerator[RedisBroker]:
    broker = RedisBroker(settings_for(cluster), "test")
    yield broker
    await broker.close()


@asynccontextmanager
async def watched(
    cluster: ValkeyCluster, *, replicas: int = 0, numbered: bool = True
) -> AsyncGenerator[tuple[ServiceProcess, AckedPublisher, RunningRelay, Viewer]]:
    """ingest-tcp, a publisher that sends to all streams, the relay, and a viewer that watches them."""
    with ServiceProcess("ingest_tcp", cluster.url, redis_replicas=replicas) as ingest:
        async with (
            running_relay(settings_for(cluster)) as web,
            AckedPublisher(ingest.port("tcp_port"), STREAMS) as publisher,
            Viewer(web.port, ledger=Ledger(numbered=numbered)) as viewer,
        ):
            await publisher.until_acked(100)
            await viewer.watch(*STREAMS)
            await viewer.until(lambda: all(viewer.line(name).offset for name in STREAMS), "all streams move", 20)
            yield ingest, publisher, web, viewer


def epochs_of(viewer: Viewer) -> dict[str, str]:
    return {name: viewer.line(name).epoch for name in STREAMS}


async def all_is_kept(
    cluster: ValkeyCluster, publisher: AckedPublisher, viewer: Viewer, epochs: Mapping[str, str]
) -> None:
    """Each acknowledged sample is in history, once, in order, and is seen, and no epoch has ended."""
    await publisher.stop()
    await viewer.until_offset(publisher.sent, 20)
    async with broker_on(cluster) as broker:
        for name in STREAMS:
            count = publisher.promised[name]
            assert await values_of(broker, name) == list(range(1, count + 1)), name
            assert viewer.line(name).values == list(range(1, count + 1)), name
            assert viewer.line(name).lost == 0, name
            assert viewer.line(name).epoch == (await broker.read(name)).epoch == epochs[name]


async def test_slots_that_move_under_load_cost_nothing(cluster: ValkeyCluster) -> None:
    async with watched(cluster) as (_, publisher, web, viewer), broker_on(cluster) as broker:
        epochs = epochs_of(viewer)
        for name in STREAMS[:4]:
            key = broker.keys.spec(name)
            source = cluster.owner(key)
            target = next(node for node in cluster.primaries() if node is not source)
            await asyncio.to_thread(cluster.move, key, target)
            await publisher.until_acked(30)
            assert cluster.owner(key) is target
        key = broker.keys.spec(STREAMS[5])
        target = next(node for node in cluster.primaries() if node is not cluster.owner(key))
        await asyncio.to_thread(cluster.move_at_once, key, target)
        await publisher.until_acked(100)
        await until_async(lambda: web.relay.follower.subscription.up, "all channels are heard", 20)
        await all_is_kept(cluster, publisher, viewer, epochs)


async def test_a_primary_dies_and_nothing_is_lost_that_a_replica_had(cluster: ValkeyCluster) -> None:
    async with watched(cluster, replicas=1) as (ingest, publisher, web, viewer), broker_on(cluster) as broker:
        epochs = epochs_of(viewer)
        dying = cluster.owner(broker.keys.spec(STREAMS[0]))
        healthy = [name for name in STREAMS if cluster.owner(broker.keys.spec(name)) is not dying]
        assert healthy, "no stream lives elsewhere"
        dying.kill()
        await until_async(lambda: len(cluster.primaries()) == 3 and cluster.whole(), "failed over", FAILOVER_SECONDS)
        # The new primary has no replica: nothing of its streams is acknowledged until it has one again.
        dying.start()
        await publisher.until_acked(400, FAILOVER_SECONDS)
        await until_async(lambda: web.relay.follower.subscription.up, "all channels are heard", 20)
        await all_is_kept(cluster, publisher, viewer, epochs)
        assert ingest.metric("windsock_broker_lost_samples_total") == 0
        await until_async(lambda: ingest.get("/readyz")[0] == 200, "ready again", 20)


async def test_what_no_replica_had_is_counted_and_shown(cluster: ValkeyCluster) -> None:
    async with watched(cluster, numbered=False) as (ingest, publisher, _, viewer), broker_on(cluster) as broker:
        name = STREAMS[0]
        primary = cluster.owner(broker.keys.spec(name))
        replica = cluster.replica_of(primary)
        there = [each for each in STREAMS if cluster.owner(broker.keys.spec(each)) is primary]
        # The replica stands still, and its connection ends: what comes now is on the primary alone.
        replica.freeze()
        primary.ask("CLIENT", "KILL", "TYPE", "replica")
        await publisher.until_acked(300)
        await publisher.stop()
        await viewer.until_offset(publisher.sent, 20)
        epochs = epochs_of(viewer)
        primary.kill()
        replica.thaw()
        await until_async(lambda: len(cluster.primaries()) == 3 and cluster.whole(), "failed over", FAILOVER_SECONDS)
        publisher.go_on()
        await publisher.until_acked(100, FAILOVER_SECONDS)
        await publisher.stop()

        lost = Counter[str]()
        for each in STREAMS:
            kept = await values_of(broker, each)
            lost[each] = publisher.promised[each] - len(kept)
            await viewer.until(lambda each=each, kept=kept: viewer.line(each).values == kept, f"{each} is shown", 20)
            assert kept == sorted(set(kept)), "in order, and nothing twice"
            assert (viewer.line(each).epoch == epochs[each]) == (each not in there), "what lost samples is another life"
        assert lost[name] > 0
        assert {each for each in STREAMS if lost[each]} == set(there)
        assert ingest.metric("windsock_broker_lost_samples_total") == lost.total()


async def test_a_primary_that_restarts_at_once_is_taken_up_again(cluster: ValkeyCluster) -> None:
    async with watched(cluster) as (_, publisher, web, viewer), broker_on(cluster) as broker:
        epochs = epochs_of(viewer)
        primary = cluster.owner(broker.keys.spec(STREAMS[0]))
        primary.kill()
        primary.start()
        await until_async(cluster.whole, "whole again", FAILOVER_SECONDS)
        await publisher.until_acked(200, FAILOVER_SECONDS)
        await until_async(lambda: web.relay.follower.subscription.up, "all channels are heard", 20)
        await all_is_kept(cluster, publisher, viewer, epochs)

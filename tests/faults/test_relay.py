"""The relay when things break: connections cut at any moment, viewers that do not read, a broker that loses its subscribers or all it had."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Callable

import pytest
from kit.relay import Ledger, Publisher, RunningRelay, Viewer, running_relay
from kit.valkey import ValkeyProcess
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import WindsockError
from windsock.shared.settings import Settings, load_settings

pytestmark = pytest.mark.faults

STREAMS = ("a", "b", "c", "d")
RECONNECTS = 1_000
VIEWERS = 20


@contextlib.asynccontextmanager
async def flowing(publisher: Publisher) -> AsyncGenerator[None]:
    """1,000 samples a second, over four streams, as long as this is open."""

    async def flow() -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await publisher.publish(*STREAMS, count=5)
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    task = asyncio.create_task(flow())
    try:
        yield
        assert not task.done(), f"publishing ended: {task.exception()}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def come_and_go(port: int, times: int, seed: int) -> Ledger:
    """Connect, take up where the ledger ends, and break off after a random while; again and again."""
    chance, ledger = random.Random(seed), Ledger()
    for _ in range(times):
        viewer = await Viewer(port, ledger=ledger).open()
        await viewer.watch(*STREAMS)
        await asyncio.sleep(chance.random() * 0.05)
        await viewer.close()
    return ledger


@pytest.mark.timeout(180)
async def test_a_thousand_reconnects_lose_double_and_reorder_nothing(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(tick_ms=20, ring_samples=100)
    broker = RedisBroker(settings, "publisher")
    publisher = Publisher(broker, keep=100_000)
    await publisher.create(*STREAMS)
    try:
        async with running_relay(settings) as web:
            async with flowing(publisher):
                ledgers = await asyncio.gather(
                    *(come_and_go(web.port, RECONNECTS // VIEWERS, seed) for seed in range(VIEWERS))
                )
            for ledger in ledgers:
                async with Viewer(web.port, ledger=ledger) as viewer:
                    await viewer.watch(*STREAMS)
                    await viewer.until_offset(publisher.sent, 30)
        for ledger in ledgers:
            assert ledger.faults == []
            for stream in STREAMS:
                line = ledger.lines[stream]
                assert line.lost == 0
                assert line.resets == 1, "one snapshot at the beginning, and none after"
                assert line.values == list(range(line.values[0], publisher.sent[stream] + 1))
    finally:
        await broker.close()


async def test_a_cut_subscription_is_recovered_without_a_hole(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(tick_ms=20)
    broker = RedisBroker(settings, "publisher")
    publisher = Publisher(broker)
    await publisher.create(*STREAMS)
    try:
        async with running_relay(settings) as web, Viewer(web.port) as viewer:
            await viewer.watch(*STREAMS)
            async with flowing(publisher):
                for _ in range(5):
                    before = dict(publisher.sent)
                    await broker.call(("CLIENT", "KILL", "TYPE", "pubsub"))
                    await viewer.until_offset({stream: offset + 50 for stream, offset in before.items()}, 20)
            await viewer.until_offset(publisher.sent, 20)
            for stream in STREAMS:
                assert viewer.line(stream).lost == 0
                assert viewer.line(stream).values == list(range(1, publisher.sent[stream] + 1))
    finally:
        await broker.close()


async def test_after_the_broker_came_back_empty_viewers_start_anew_and_are_told(valkey: ValkeyProcess) -> None:
    settings = load_settings(redis_url=valkey.url, tick_ms=20)
    broker = RedisBroker(settings, "publisher")
    publisher = Publisher(broker)
    await publisher.create("a")
    try:
        async with running_relay(settings) as web, Viewer(web.port) as viewer:
            await viewer.watch("a")
            await publisher.publish("a", count=30)
            await viewer.until_offset({"a": 31})
            epoch = viewer.line("a").epoch
            valkey.kill()
            await viewer.until(lambda: viewer.named("status")[-1]["broker"] == "down", "viewers hear that it is away")
            valkey.start()
            publisher.forget()
            await until_async(lambda: created(publisher), "the publisher is back")
            await viewer.until(lambda: viewer.line("a").epoch not in {"", epoch}, "the new epoch", 20)
            await publisher.publish("a", count=5)
            await viewer.until_offset({"a": 6}, 20)
            await viewer.until(lambda: viewer.named("status")[-1]["broker"] == "up", "viewers hear that it is back")
            assert viewer.line("a").values == [1, 2, 3, 4, 5, 6], "nothing of the old life is left"
            assert viewer.line("a").resets == 2
            assert [notice["code"] for notice in viewer.named("notice")] == ["stream_restarted"]
    finally:
        await broker.close()


async def created(publisher: Publisher) -> bool:
    """Whether the stream could be made."""
    try:
        await publisher.create("a")
    except WindsockError:
        publisher.forget()
        return False
    return True


async def test_a_viewer_that_does_not_read_holds_up_nobody_and_costs_a_bounded_buffer(
    make_settings: Callable[..., Settings],
) -> None:
    settings = make_settings(tick_ms=20, viewer_buffer=64 * 1024)
    broker = RedisBroker(settings, "publisher")
    publisher = Publisher(broker, keep=1_000_000)
    await publisher.create("a")
    try:
        async with running_relay(settings) as web, Viewer(web.port) as quick, Viewer(web.port) as slow:
            await quick.watch("a")
            await slow.watch("a")
            await quick.until_offset({"a": 1})
            slow.stop_reading()
            most = 0
            for _ in range(100):  # 12 MB
                await publisher.publish("a", count=5_000)
                await quick.until_offset({"a": publisher.sent["a"]})
                most = max(most, waiting(web))
            assert quick.line("a").lost == 0
            assert most <= 64 * 1024 + 512 * 1024, f"{most} bytes waited for the viewer that does not read"
            slow.read_again()
            await slow.until_offset(publisher.sent, 20)
            assert slow.line("a").lost + len(slow.line("a").values) == publisher.sent["a"], "what it missed is told"
    finally:
        await broker.close()


def waiting(web: RunningRelay) -> int:
    """Bytes that the relay holds for the viewer it holds most for."""
    return max(viewer.outlet.waiting() for viewer in web.relay.hub.viewers.values())

"""Programs that read live when things break: a reader that does not read, a broker that is away, a connection that is cut again and again."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Callable

import pytest
from kit.live import EventReader, LiveReader
from kit.relay import Ledger, Publisher, running_relay
from kit.valkey import ValkeyProcess
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import WindsockError
from windsock.shared.settings import Settings

pytestmark = pytest.mark.faults
MakeSettings = Callable[..., Settings]
WAYS = ["events", "live"]


@contextlib.asynccontextmanager
async def reading(
    way: str, port: int, ledger: Ledger | None = None, last: str = ""
) -> AsyncGenerator[EventReader | LiveReader]:
    if way == "live":
        async with LiveReader(port, ledger) as live:
            await live.watch("cpu")
            yield live
    else:
        async with EventReader(port, ledger) as events:
            events.last = last
            yield await events.open("cpu")


@pytest.mark.parametrize("way", WAYS)
async def test_a_reader_that_stops_is_told_what_it_lost_and_costs_nobody_else_anything(
    make_settings: MakeSettings, way: str
) -> None:
    broker = RedisBroker(make_settings(), "publisher")
    publisher = Publisher(broker, keep=1_000)
    settings = make_settings(tick_ms=20, ring_samples=200, ring_bytes=64 * 1024, viewer_buffer=16 * 1024)
    try:
        async with running_relay(settings) as web:
            await publisher.create("cpu")
            async with reading(way, web.port) as slow, reading(way, web.port) as quick:
                await slow.until_offset("cpu", 1)
                slow.stop_reading()
                most = 0
                for _ in range(150):
                    await publisher.publish("cpu", count=500)
                    await quick.until_offset("cpu", publisher.sent["cpu"])
                    waiting = [viewer.outlet.waiting() for viewer in web.relay.hub.viewers.values()]
                    most = max(most, *waiting)
                assert quick.line("cpu").lost == 0, "the other one did not notice"
                assert most <= 16 * 1024 + 2 * 256 * 1024, "never queued without bound"
                slow.read_again()
                await slow.until_offset("cpu", publisher.sent["cpu"])
                line = slow.line("cpu")
                assert line.lost > 0, "it was told"
                assert line.lost + len(line.values) == publisher.sent["cpu"], "each sample came or was told to be lost"
    finally:
        await broker.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_reader_that_takes_nothing_for_long_is_cut(make_settings: MakeSettings, way: str) -> None:
    broker = RedisBroker(make_settings(), "publisher")
    publisher = Publisher(broker)
    try:
        async with running_relay(make_settings(tick_ms=20, viewer_buffer=16 * 1024, viewer_stall=0.5)) as web:
            await publisher.create("cpu")
            async with reading(way, web.port) as slow:
                await slow.until_offset("cpu", 1)
                slow.stop_reading()
                deadline = asyncio.get_running_loop().time() + 30
                while web.relay.hub.viewers:
                    assert asyncio.get_running_loop().time() < deadline, "it was not cut"
                    await publisher.publish("cpu", count=2000)
            await until_async(lambda: web.relay.sessions.guests == 0, "it is missed", 5)
    finally:
        await broker.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_broker_that_was_away_leaves_neither_hole_nor_double(
    make_settings: MakeSettings, valkey: ValkeyProcess, way: str
) -> None:
    settings = make_settings(redis_url=valkey.url, tick_ms=20)
    broker = RedisBroker(settings, "publisher")
    publisher = Publisher(broker)
    try:
        async with running_relay(settings) as web:
            await publisher.create("cpu")
            async with reading(way, web.port) as reader:
                await reader.until_offset("cpu", 1)
                valkey.freeze()
                await until_async(lambda: reader.named("status")[-1]["broker"] == "down", "it is told", 30)
                valkey.thaw()
                await until_async(lambda: reader.named("status")[-1]["broker"] == "up", "it is told", 30)
                deadline = asyncio.get_running_loop().time() + 20
                while publisher.sent["cpu"] < 200:
                    assert asyncio.get_running_loop().time() < deadline
                    with contextlib.suppress(WindsockError):
                        await publisher.publish("cpu", count=10)
                await reader.until_offset("cpu", publisher.sent["cpu"], 30)
                line = reader.line("cpu")
                assert line.lost == 0
                assert line.values == list(range(1, publisher.sent["cpu"] + 1))
    finally:
        await broker.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_connection_that_breaks_again_and_again(make_settings: MakeSettings, way: str) -> None:
    broker = RedisBroker(make_settings(), "publisher")
    publisher = Publisher(broker)
    ledger, last = Ledger(), ""
    chance = random.Random(7)
    try:
        async with running_relay(make_settings(tick_ms=5, ring_samples=50), linger=0.05) as web:
            await publisher.create("cpu")
            for _ in range(60):
                async with reading(way, web.port, ledger, last) as reader:
                    for _ in range(chance.randrange(4)):
                        await publisher.publish("cpu", count=chance.randrange(1, 40))
                    await reader.until_offset("cpu", chance.randrange(publisher.sent["cpu"] + 1))
                    last = getattr(reader, "last", "") or last
            async with reading(way, web.port, ledger, last) as reader:
                await reader.until_offset("cpu", publisher.sent["cpu"])
    finally:
        await broker.close()
    line = ledger.lines["cpu"]
    assert line.values == list(range(1, publisher.sent["cpu"] + 1))
    assert (line.resets, line.lost) == (1, 0)

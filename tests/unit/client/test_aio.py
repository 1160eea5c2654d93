"""The asyncio twin."""

from __future__ import annotations

import asyncio

from kit.fake_ingest import FakeIngest
from kit.waiting import until_async

from windsock.client import AsyncStream


async def test_it_sends_and_flushes(server: FakeIngest):
    async with AsyncStream("cpu", "line", server=server.url) as stream:
        await stream.send(1)
        await stream.send(2, 3)
    assert server.samples("cpu") == [1, [2, 3]]
    assert stream.stats.stored == 2


async def test_it_waits_for_room_instead_of_dropping(server: FakeIngest):
    server.stop()
    stream = AsyncStream("cpu", "line", server=server.url, queue=10)
    sent = 0

    async def produce() -> None:
        nonlocal sent
        for number in range(500):
            await stream.send(number)
            sent += 1

    producer = asyncio.create_task(produce())
    await until_async(lambda: sent >= 10, "the queue is filled")
    await asyncio.sleep(0.05)
    assert sent == 10, "it should wait while the server is away"
    server.start()
    await asyncio.wait_for(producer, 10)
    assert await stream.flush(10)
    assert server.samples("cpu") == list(range(500))
    assert stream.stats.dropped == 0


async def test_a_waiting_send_can_be_cancelled(server: FakeIngest):
    server.stop()
    stream = AsyncStream("cpu", server=server.url, queue=1)
    await stream.send(1)
    waiting = asyncio.create_task(stream.send(2))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    server.start()
    assert await stream.flush(10)
    await stream.send(3)
    assert await stream.close(10)
    assert server.samples("cpu") == [1, 3]


async def test_the_loop_goes_on_while_it_flushes(server: FakeIngest):
    server.stop()
    stream = AsyncStream("cpu", server=server.url)
    await stream.send(1)
    flushing = asyncio.create_task(stream.flush(5))
    await asyncio.sleep(0.01)
    assert not flushing.done()
    server.start()
    assert await flushing

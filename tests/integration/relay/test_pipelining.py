"""Several requests in one write: they are answered in their order, and one that waits behind an answer without an end costs nobody anything."""

from __future__ import annotations

import asyncio

import pytest
from kit.relay import Publisher, RunningRelay, Viewer
from kit.waiting import until_async
from prometheus_client import REGISTRY

from windsock.shared.broker import Batch

HEAD = " HTTP/1.1\r\nHost: localhost\r\n"
HEALTH = f"GET /healthz{HEAD}\r\n"
EVENTS = f"GET /v1/streams/a/events{HEAD}\r\n"
MJPEG = f"GET /feeds/door.mjpeg{HEAD}\r\n"
UPGRADE = (
    f"GET /v1/live{HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Connection:
    """A connection on which several requests are written at once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    def drop(self) -> None:
        self._writer.transport.abort()

    async def until_dropped(self) -> None:
        async with asyncio.timeout(10):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass
        self.drop()


async def written(web: RunningRelay, *requests: str) -> Connection:
    """What was answered begins to come when this returns."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write("".join(requests).encode())
    return Connection(reader, writer)


def dropped() -> float:
    return REGISTRY.get_sample_value("windsock_dropped_total", {"reason": "pipelined"}) or 0


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windsock.web.server.PIPELINED_SECONDS", 0.2)


@pytest.fixture
def for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windsock.web.server.PIPELINED_SECONDS", 3600)


async def test_requests_in_one_write_are_answered_in_their_order(web: RunningRelay) -> None:
    connection = await written(web, *(f"GET /nothing/{number}{HEAD}\r\n" for number in range(10)))
    for number in range(10):
        answer = await asyncio.wait_for(connection.reader.readuntil(b"}}"), 10)
        assert f"/nothing/{number} ".encode() in answer
    connection.drop()


@pytest.mark.usefixtures("for_ever")
async def test_the_end_of_a_connection_is_told_to_the_answer_that_others_wait_behind(
    web: RunningRelay, publisher: Publisher
) -> None:
    await publisher.create("a")
    connection = await written(web, EVENTS, HEALTH)
    await asyncio.wait_for(connection.reader.readuntil(b'"id":"a"'), 10)
    assert web.relay.sessions.guests == 1
    connection.drop()

    async def gone() -> bool:
        await publisher.publish(
            "a"
        )  # nothing is read from the connection: that it has ended is seen when it is written to
        return web.relay.sessions.guests == 0

    await until_async(gone, "the reader is missed")
    assert not web.relay.hub.viewers
    async with Viewer(web.port) as viewer:
        await viewer.watch("a")
        await viewer.until_offset(publisher.sent)


@pytest.mark.usefixtures("briefly")
async def test_what_waits_behind_an_answer_without_an_end_ends_it(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    before = dropped()
    connection = await written(web, EVENTS, HEALTH)
    await connection.until_dropped()
    await until_async(lambda: web.relay.sessions.guests == 0, "the reader is missed")
    assert dropped() == before + 1, "and that is counted"


@pytest.mark.usefixtures("briefly")
async def test_readers_of_mjpeg_that_have_gone_keep_no_places(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.broker.register("door")
    spec = [("type", b'"video_stream"')]
    await publisher.broker.publish([Batch("door", 1, b'[1,"rtsp://192.0.2.1/x"]', 10, spec)])
    await publisher.broker.announce("door")
    await until_async(lambda: "door" in web.relay.catalogue, "the camera is known")
    for _ in range(40):
        connection = await written(web, MJPEG, HEALTH)
        await asyncio.wait_for(connection.reader.read(12), 10)
        connection.drop()
    await until_async(lambda: web.relay.feeds.looked_at == 0, "nobody looks at the camera")
    connection = await written(web, MJPEG)
    assert await asyncio.wait_for(connection.reader.read(12), 10) == b"HTTP/1.1 200"
    connection.drop()


async def test_a_websocket_is_not_opened_behind_an_answer_that_has_not_ended(
    web: RunningRelay, publisher: Publisher
) -> None:
    await publisher.create("a")
    before = dropped()
    connection = await written(web, EVENTS, UPGRADE)
    await connection.until_dropped()
    await until_async(lambda: not web.relay.sessions.guests and not web.relay.hub.viewers, "nobody is left")
    assert dropped() == before + 1


@pytest.mark.usefixtures("for_ever")
async def test_so_many_may_wait_and_no_more(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    before = dropped()
    connection = await written(web, EVENTS, HEALTH * 1_000)
    await connection.until_dropped()
    await until_async(lambda: web.relay.sessions.guests == 0, "the reader is missed")
    assert dropped() == before + 1

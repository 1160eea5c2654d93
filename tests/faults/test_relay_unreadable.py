"""What Redis has and nobody can read, made by hand or by another version: it costs its own stream, and nobody else anything. No part of the service ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from kit.relay import Publisher, RunningRelay, Viewer, running_relay
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import Settings

pytestmark = pytest.mark.faults
MakeSettings = Callable[..., Settings]


@pytest.fixture
async def publisher(make_settings: MakeSettings) -> AsyncIterator[Publisher]:
    broker = RedisBroker(make_settings(), "publisher")
    yield Publisher(broker)
    await broker.close()


@pytest.fixture
async def web(make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningRelay]:
    monkeypatch.setattr("windsock.web.catalogue.RECONCILE_SECONDS", 0.1)
    async with running_relay(make_settings(tick_ms=20)) as running:
        yield running


async def listed(publisher: Publisher, stream: str | bytes, *spec: tuple[str | bytes | int, ...]) -> None:
    """Put a stream into the catalogue, with whatever makes its spec."""
    broker = publisher.broker
    await broker.call(*spec, ("ZADD", broker.keys.streams, 1, stream))
    name = stream.encode() if isinstance(stream, str) else stream
    await broker.call(("PUBLISH", broker.keys.catalogue, b"set " + name))


async def goes_on(web: RunningRelay, publisher: Publisher, stream: str) -> None:
    """A stream that comes afterwards is seen, and served."""
    await publisher.create(stream)
    await until_async(lambda: stream in web.relay.catalogue, "what comes afterwards is in the catalogue")
    async with Viewer(web.port) as viewer:
        await viewer.watch(stream)
        await viewer.until_offset({stream: publisher.sent[stream]})
        await publisher.publish(stream)
        await viewer.until_offset({stream: publisher.sent[stream]})


@pytest.mark.parametrize(
    "fields",
    [
        ("type", "not JSON"),
        ("type", b"\xff"),
        (b"\xff", "1"),
        ("@offset", "many"),
        ("@version", "1.5"),
        ("@epoch", b"\xff"),
        ("id", '"another"'),
        ("legend", "5", "thresholds", "7", "active_points", '"all"', "name", "[]", "type", "{}"),
        ("thresholds", '[{"value":"hot"}]'),
        ("thresholds", "[1,null]"),
    ],
)
async def test_a_spec_that_makes_no_sense(
    web: RunningRelay, publisher: Publisher, fields: tuple[str | bytes, ...]
) -> None:
    key = publisher.broker.keys.spec("bad")
    await listed(publisher, "bad", ("HSET", key, "@epoch", "e", *fields))
    await goes_on(web, publisher, "good")
    assert "another" not in web.relay.catalogue.body().decode(), "a stream's id is not a matter of its spec"
    await publisher.broker.call(("DEL", key))
    await goes_on(web, publisher, "bad")


async def test_a_spec_of_another_kind_of_key(web: RunningRelay, publisher: Publisher) -> None:
    await listed(publisher, "odd", ("SET", publisher.broker.keys.spec("odd"), "x"))
    await goes_on(web, publisher, "good")


async def test_it_starts_though_there_is_a_spec_of_another_kind(
    make_settings: MakeSettings, publisher: Publisher
) -> None:
    await publisher.create("good")
    await listed(publisher, "odd", ("SET", publisher.broker.keys.spec("odd"), "x"))
    async with running_relay(make_settings(tick_ms=20)) as web:
        assert web.relay.catalogue.ids() == ["good"]


async def test_an_id_that_is_no_text(web: RunningRelay, publisher: Publisher) -> None:
    await listed(publisher, b"\xff")
    await goes_on(web, publisher, "good")


@pytest.mark.parametrize("entry", [("x", "y"), ("p", "[1,2]", "n", "many"), ("p", "[1,2]")])
async def test_history_that_makes_no_sense(web: RunningRelay, publisher: Publisher, entry: tuple[str, ...]) -> None:
    keys = publisher.broker.keys
    await listed(publisher, "bad", ("HSET", keys.spec("bad"), "@epoch", "e", "@offset", 1, "thresholds", "[1]"))
    await publisher.broker.call(("XADD", keys.history("bad"), "1-0", *entry))
    async with Viewer(web.port) as viewer:
        await viewer.watch("bad")
        await until_async(lambda: web.relay.follower.watched["bad"].track.filled, "it counts as empty")
        await goes_on(web, publisher, "good")


async def test_nonsense_about_a_camera(web: RunningRelay, publisher: Publisher) -> None:
    keys = publisher.broker.keys
    await listed(publisher, "door", ("HSET", keys.spec("door"), "@epoch", "e", "type", '"video_stream"'))
    await publisher.broker.call(("SET", keys.feed_state("door"), "nonsense"))
    await until_async(lambda: "door" in web.relay.catalogue, "the camera is known")
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(b"GET /feeds/door.mjpeg HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert await asyncio.wait_for(reader.read(12), 10) == b"HTTP/1.1 200"
    for message in (b"", b"7", b"{}", b'{"id":"door","state":"?","since":0,"code":"","why":""}'):

        async def heard(message: bytes = message) -> bool:
            (listeners,) = await publisher.broker.call(("PUBLISH", keys.feed_states("door"), message))
            return bool(listeners)

        await until_async(heard, "it was heard")
    await goes_on(web, publisher, "good")
    assert web.relay.feeds.subscription.up
    assert web.relay.feeds.subscription.reconnections == 0, "it did not end the subscription"  # type: ignore[attr-defined]
    writer.close()


async def test_a_stream_that_two_removals_left_outside_the_catalogue_comes_back(
    web: RunningRelay, publisher: Publisher
) -> None:
    broker = publisher.broker
    await broker.register("a")
    await broker.remove("a")  # a second removal, between the two steps of whoever publishes
    await publisher.publish("a")
    await broker.announce("a")
    await until_async(lambda: "a" in web.relay.catalogue, "the web service knows of it")

    async def is_listed() -> bool:
        return await broker.streams() == ["a"]

    await until_async(is_listed, "it is in the catalogue again")
    await goes_on(web, publisher, "good")


async def test_a_stream_that_is_being_removed_is_not_put_back(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    await until_async(lambda: "a" in web.relay.catalogue, "the web service knows of it")
    await publisher.broker.remove("a")
    await until_async(lambda: "a" not in web.relay.catalogue, "it is gone")
    for number in range(3):  # reconciled several times meanwhile
        await goes_on(web, publisher, f"good {number}")
    assert "a" not in await publisher.broker.streams()

"""The client against the real services: what was sent is in history once, in order, whatever is killed on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kit.service import ServiceProcess
from kit.valkey import ValkeyProcess
from kit.waiting import until
from redis import Redis

from windsock.client import AsyncStream, Stream, WindsockError
from windsock.client.process import give_up
from windsock.shared.keys import Keys

Serve = Callable[..., ServiceProcess]
KEYS = Keys()


@pytest.fixture(scope="module", autouse=True)
def no_waiting_at_the_end() -> Iterator[None]:
    """Some streams are refused on purpose: the end of the tests need not wait for what they hold."""
    yield
    give_up()


@pytest.fixture
def serve(broker_url: str, request: pytest.FixtureRequest) -> Serve:
    """Starts services on the test's broker."""

    def start(name: str, redis_url: str = broker_url, **settings: object) -> ServiceProcess:
        service = ServiceProcess(name, redis_url, **settings)
        request.addfinalizer(service.close)
        service.start()
        return service

    return start


def url_of(service: ServiceProcess) -> str:
    if service.name == "ingest_http":
        return f"http://127.0.0.1:{service.port('http_port')}"
    return f"tcp://127.0.0.1:{service.port('tcp_port')}?large={service.port('tcp_large_port')}"


def rows(url: str, stream: str) -> list[list[Any]]:
    """All rows in history."""
    with Redis.from_url(url) as redis:  # pyright: ignore[reportUnknownMemberType]
        entries: Any = redis.xrange(KEYS.history(stream))  # pyright: ignore[reportUnknownMemberType]
    return [row for _, fields in entries for row in json.loads(b"[%b]" % fields[b"p"])]


def values(url: str, stream: str) -> list[Any]:
    return [row[1] for row in rows(url, stream)]


def spec(url: str, stream: str) -> dict[str, Any]:
    with Redis.from_url(url) as redis:  # pyright: ignore[reportUnknownMemberType]
        fields: Any = redis.hgetall(KEYS.spec(stream))
    return {name.decode(): json.loads(text) for name, text in fields.items() if not name.startswith(b"@")}


@pytest.mark.parametrize("name", ["ingest_tcp", "ingest_http"])
def test_a_stream_is_stored_with_its_looks(serve: Serve, broker_url: str, name: str):
    service = serve(name)
    with Stream("cpu", "area", server=url_of(service), legend=["user", "sys"], unit="%", thresholds=[80]) as stream:
        stream.send(41, 18, time=1_700_000_000)
        for number in range(3000):
            stream.send(number, -number)
        assert stream.flush(20)
    assert stream.stats.stored == 3001
    stored = rows(broker_url, "cpu")
    assert stored[0] == [1_700_000_000_000, 41, 18]
    assert [row[1:] for row in stored[1:]] == [[number, -number] for number in range(3000)]
    assert spec(broker_url, "cpu") == {
        "type": "area", "legend": ["user", "sys"], "unit": "%", "thresholds": [{"value": 80}],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["ingest_tcp", "ingest_http"])
@pytest.mark.parametrize("kind", [None, "area"])
def test_a_lone_gap_is_stored_where_it_was(serve: Serve, broker_url: str, name: str, kind: Any):
    service = serve(name)
    with Stream("cpu", kind, server=url_of(service)) as stream:
        for value in (1, float("nan"), 2, None, 3):
            stream.send(value)
            assert stream.flush(10)  # each goes alone
    assert stream.stats.stored == 5
    assert values(broker_url, "cpu") == [1, None, 2, None, 3], "a line must not be drawn over a gap"


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["ingest_tcp", "ingest_http"])
@pytest.mark.parametrize("way", ["kill", "stop"])
def test_restarts_of_the_service_lose_and_double_nothing(serve: Serve, broker_url: str, name: str, way: str):
    service = serve(name, history_samples=1_000_000)
    stream = Stream("cpu", "line", server=url_of(service), queue=100_000)
    sent = 0
    for _ in range(3):
        mark = stream.stats.stored
        deadline = time.monotonic() + 20
        while stream.stats.stored < mark + 500 and time.monotonic() < deadline:
            for _ in range(20):
                stream.send(sent)
                sent += 1
            time.sleep(0.005)
        service.kill() if way == "kill" else service.stop()
        for _ in range(200):
            stream.send(sent)
            sent += 1
        service.start()
    assert stream.flush(30), stream.stats
    stats = stream.stats
    assert (stats.stored, stats.dropped, stats.refused) == (sent, 0, 0)
    assert values(broker_url, "cpu") == list(range(sent))


def test_a_broker_that_is_away_for_a_moment_costs_nothing(serve: Serve, valkey: ValkeyProcess):
    service = serve("ingest_tcp", valkey.url)
    stream = Stream("cpu", "line", server=url_of(service))
    stream.send(0)
    assert stream.flush(10)
    valkey.freeze()
    for number in range(1, 500):
        stream.send(number)
    assert not stream.flush(0.3)
    valkey.thaw()
    assert stream.flush(30), stream.stats
    assert values(valkey.url, "cpu") == list(range(500))


def test_a_broker_that_comes_back_empty_gets_the_looks_again(serve: Serve, valkey: ValkeyProcess):
    service = serve("ingest_tcp", valkey.url)
    stream = Stream("log", "text", server=url_of(service), name="A log")
    stream.send("one")
    assert stream.flush(10)
    service.kill()
    valkey.flush()
    stream.send("two")
    service.start()
    assert stream.flush(30), stream.stats
    assert values(valkey.url, "log") == [[{"text": "two"}]]
    assert spec(valkey.url, "log") == {"type": "text", "name": "A log"}


@pytest.mark.parametrize("name", ["ingest_tcp", "ingest_http"])
def test_pictures_and_large_messages_arrive(serve: Serve, broker_url: str, name: str):
    service = serve(name)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(3_000_000)
    with Stream("camera", server=url_of(service)) as camera, Stream("log", "text", server=url_of(service)) as log:
        camera.image(picture)
        camera.image(b"\xff\xd8\xff small")
        log.send("before")
        log.send("x" * 2_000_000)
        log.send("after")
        assert camera.flush(20)
        assert log.flush(20)
    first, second = values(broker_url, "camera")
    assert len(first) > 4_000_000
    assert second.startswith("data:image/jpeg;base64,")
    lengths = sorted(len(line[0]["text"]) for line in values(broker_url, "log"))
    assert lengths == [5, 6, 2_000_000]


@pytest.mark.parametrize("name", ["ingest_tcp", "ingest_http"])
def test_a_refused_sample_is_told_with_the_field(serve: Serve, broker_url: str, name: str):
    service = serve(name)
    errors: list[WindsockError] = []
    stream = Stream("cpu", "line", server=url_of(service), on_error=errors.append)
    for value in (1, "much", 2):
        stream.send(value)
        assert stream.flush(10)
    assert values(broker_url, "cpu") == [1, 2]
    assert (stream.stats.stored, stream.stats.refused) == (2, 1)
    [error] = errors
    assert (error.code, error.stream) == ("invalid", "cpu")
    assert "much" in error.message


@pytest.mark.parametrize("name", ["ingest_tcp", "ingest_http"])
def test_refused_samples_cost_none_that_share_their_message(serve: Serve, broker_url: str, name: str):
    service = serve(name)
    errors: list[WindsockError] = []
    stream = Stream("cpu", "line", server=url_of(service), on_error=errors.append)
    wrong: dict[int, Any] = {7: "much", 8: [1, 10**400], 300: "more", 499: {"deep": {}}}
    for number in range(500):
        stream.send(wrong.get(number, number))
    assert stream.flush(10)
    stored = values(broker_url, "cpu")
    assert sorted(stored) == [number for number in range(500) if number not in wrong]
    assert (stream.stats.stored, stream.stats.refused) == (496, 4)
    assert {error.code for error in errors} == {"invalid"}


@pytest.mark.parametrize("name", ["ingest_tcp", "ingest_http"])
def test_the_key_opens_and_its_lack_is_told(serve: Serve, broker_url: str, name: str):
    service = serve(name, publish_key="the right key")
    errors: list[WindsockError] = []
    stranger = Stream("cpu", server=url_of(service), on_error=errors.append)
    stranger.send(1)
    until(lambda: any(error.code == "unauthorized" for error in errors), "the lack of the key is told")
    wrong = Stream("cpu", server=url_of(service), key="a wrong key", strict=True)
    wrong.send(2)
    with pytest.raises(WindsockError) as caught:
        wrong.flush(10)
    assert caught.value.code == "unauthorized"
    with Stream("cpu", server=url_of(service), key="the right key") as friend:
        friend.send(3)
    assert values(broker_url, "cpu") == [3]


async def test_the_asyncio_twin_stores_more_than_may_wait(serve: Serve, broker_url: str):
    service = serve("ingest_tcp")
    async with AsyncStream("cpu", "line", server=url_of(service), queue=100) as stream:
        for number in range(5000):
            await stream.send(number)
        assert await stream.flush(20)
    assert stream.stats.dropped == 0
    assert values(broker_url, "cpu") == list(range(5000))

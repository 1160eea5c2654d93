"""Live samples for other programs: the same in both ways, without hole or double, bounded as for boards."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Sequence

import pytest
from kit.live import EventReader, LiveReader
from kit.relay import Ledger, Publisher, RunningRelay, running_relay
from kit.waiting import until_async
from prometheus_client import REGISTRY

from windsock.shared.broker.port import StoredSpec
from windsock.shared.settings import Settings
from windsock.web import catalogue

MakeSettings = Callable[..., Settings]
Way = str
WAYS = ["events", "several", "live"]


@contextlib.asynccontextmanager
async def reading(
    way: Way, port: int, *streams: str, ledger: Ledger | None = None, last: str = ""
) -> AsyncGenerator[EventReader | LiveReader]:
    """A program that reads these streams, whichever way; with a ledger it comes back to what that has."""
    if way == "live":
        async with LiveReader(port, ledger) as live:
            await live.watch(*streams)
            yield live
    else:
        async with EventReader(port, ledger) as events:
            events.last = last
            yield await events.open(*streams, several=way == "several")


# --- samples


@pytest.mark.parametrize("way", WAYS)
async def test_first_what_there_is_then_what_comes(web: RunningRelay, publisher: Publisher, way: Way) -> None:
    await publisher.create("cpu")
    await publisher.publish("cpu", count=50)
    async with reading(way, web.port, "cpu") as reader:
        await reader.until_offset("cpu", 51)
        for _ in range(20):
            await publisher.publish("cpu", count=3)
        await reader.until_offset("cpu", publisher.sent["cpu"])
        assert reader.line("cpu").values == list(range(1, 112))
        assert reader.line("cpu").resets == 1
        assert reader.named("status")[-1]["broker"] == "up"


@pytest.mark.parametrize("way", ["several", "live"])
async def test_several_streams_at_once(web: RunningRelay, publisher: Publisher, way: Way) -> None:
    streams = ["a", "b/c", "ü,:"]
    await publisher.create(*streams)
    async with reading(way, web.port, *streams) as reader:
        for _ in range(20):
            await publisher.publish(*streams, count=2)
        for stream in streams:
            await reader.until_offset(stream, 41)
            assert reader.line(stream).values == list(range(1, 42))


@pytest.mark.parametrize("way", WAYS)
async def test_who_comes_back_misses_nothing_and_gets_nothing_twice(
    web: RunningRelay, publisher: Publisher, way: Way
) -> None:
    """More was published meanwhile than the ring holds: it is read from history."""
    await publisher.create("cpu")
    ledger, last = Ledger(), ""
    for _ in range(4):
        async with reading(way, web.port, "cpu", ledger=ledger, last=last) as reader:
            await publisher.publish("cpu", count=5)
            await reader.until_offset("cpu", publisher.sent["cpu"])
            last = getattr(reader, "last", "")
        for _ in range(30):
            await publisher.publish("cpu", count=10)
    async with reading(way, web.port, "cpu", ledger=ledger, last=last) as reader:
        await reader.until_offset("cpu", publisher.sent["cpu"])
    line = ledger.lines["cpu"]
    assert line.values == list(range(1, publisher.sent["cpu"] + 1))
    assert (line.resets, line.lost) == (1, 0)


async def test_the_place_in_several_streams_is_one_id(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a", "b")
    ledger = Ledger()
    async with reading("several", web.port, "b", "a", ledger=ledger) as reader:
        await publisher.publish("a", count=7)
        await reader.until_offset("a", 8)
        await reader.until_offset("b", 1)
        assert isinstance(reader, EventReader)
        last = reader.last
        assert [place.split(":")[1] for place in last.split(",")] == ["1", "8"], "in the reader's order"
    await publisher.publish("a", "b", count=3)
    async with reading("several", web.port, "b", "a", ledger=ledger, last=last) as reader:
        await reader.until_offset("a", 11)
        await reader.until_offset("b", 4)
    assert [line.resets for line in ledger.lines.values()] == [1, 1]


@pytest.mark.parametrize("last", ["nonsense", "a:b", "x:1,y:2", ":", "gone:3", "x:99999999999999999999"])
async def test_a_place_that_is_none_gets_a_snapshot(web: RunningRelay, publisher: Publisher, last: str) -> None:
    await publisher.create("cpu")
    async with reading("events", web.port, "cpu", last=last) as reader:
        await reader.until_offset("cpu", 1)
        assert reader.line("cpu").resets == 1


async def test_watch_and_unwatch(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a", "b")
    await until_async(lambda: "a" in web.relay.catalogue and "b" in web.relay.catalogue, "the streams are known")
    async with LiveReader(web.port) as reader:
        assert await reader.watch("a", "later") == {"watching": 2, "unknown": ["later"]}
        await reader.until_offset("a", 1)
        assert (await reader.ask(watch=["b"], unwatch=["a"]))[1] == {"watching": 2, "unknown": []}
        await publisher.publish("a", "b")
        await reader.until_offset("b", 2)
        assert reader.line("a").offset == 1, "not watched any more"
        await publisher.create("later")
        await reader.until_offset("later", 1)
        hello = reader.named("hello")[0]
        assert hello["protocol"] == 1


# --- pictures


@pytest.mark.parametrize("way", WAYS)
async def test_pictures_come_newest_first_and_not_faster_than_they_are_taken(
    web: RunningRelay, publisher: Publisher, way: Way
) -> None:
    await publisher.picture("cam", "first")
    await publisher.broker.register("cam")
    await publisher.broker.announce("cam")
    await until_async(lambda: web.relay.catalogue.get("cam") is not None, "the stream is known")
    async with reading(way, web.port, "cam") as reader:
        for number in range(5):
            await publisher.picture("cam", f"number{number}")

        def newest() -> str:
            pictures = reader.named("picture")
            if pictures and isinstance(reader, LiveReader):
                reader.send(shown={"id": "cam", "offset": pictures[-1]["offset"]})
            return pictures[-1]["value"] if pictures else ""

        await until_async(lambda: newest().endswith("number4"), "the newest picture")
        offsets = [picture["offset"] for picture in reader.named("picture")]
        assert offsets == sorted(set(offsets))


# --- what may not be


async def test_nonsense_is_answered_and_costs_nothing_else(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("cpu")
    async with LiveReader(web.port) as reader:
        await reader.watch("cpu")
        for text, code in (
            ("", "malformed"),
            ("[]", "malformed"),
            ("{", "malformed"),
            ('{"watch": 7}', "invalid"),
            ('{"watch": [{"id": "a", "offset": 3}]}', "invalid"),
            ('{"watch": ["\\u0000"]}', "invalid"),
            ('{"wach": ["cpu"]}', "invalid"),
            ('{"visible": "yes"}', "invalid"),
            (json.dumps({"watch": [f"s{number}" for number in range(2001)]}), "too_many_streams"),
        ):
            errors = len(reader.named("error"))
            reader.send_text(text)
            await until_async(lambda had=errors: len(reader.named("error")) > had, f"an answer to {text[:30]}")
            assert reader.named("error")[-1]["code"] == code, text[:30]
        reader.send_text(b"\1\2", opcode=2)
        await until_async(lambda: len(reader.named("error")) == 10, "an answer to bytes")
        await publisher.publish("cpu")
        await reader.until_offset("cpu", 2)


@pytest.mark.parametrize("way", WAYS)
async def test_a_stream_that_is_removed_is_told_and_one_of_its_name_follows(
    web: RunningRelay, publisher: Publisher, way: Way
) -> None:
    await publisher.create("cpu", "ram")
    async with reading(way, web.port, "cpu") as reader:
        await reader.until_offset("cpu", 1)
        assert not reader.named("removed"), "what was removed before it came is no news"
        await publisher.broker.remove("ram")
        await publisher.broker.remove("cpu")
        await until_async(lambda: any("cpu" in told["ids"] for told in reader.named("removed")), "the reader is told")
        if way != "live":
            assert reader.named("removed") == [{"ids": ["cpu"]}], "of its own stream alone"
        publisher.forget()
        await publisher.create("cpu")
        await until_async(lambda: reader.line("cpu").resets == 2, "the new stream's samples come")


@pytest.mark.parametrize("way", WAYS)
async def test_a_removal_that_is_not_remembered_one_by_one_is_told(
    web: RunningRelay, publisher: Publisher, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As to a reader that was behind for ten thousand others: it is given the whole catalogue again, in which its stream is not."""
    monkeypatch.setattr(catalogue, "REMEMBERED_REMOVALS", 0)
    await publisher.create("cpu")
    async with reading(way, web.port, "cpu") as reader:
        await reader.until_offset("cpu", 1)
        await publisher.broker.remove("cpu")
        await until_async(lambda: reader.named("removed") == [{"ids": ["cpu"]}], "the reader is told")


@pytest.mark.parametrize("several", [False, True])
async def test_who_comes_back_to_a_stream_that_is_gone_is_told(
    web: RunningRelay, publisher: Publisher, several: bool
) -> None:
    await publisher.create("cpu")
    async with EventReader(web.port) as reader:
        await reader.open("cpu", several=several)
        await reader.until_offset("cpu", 1)
        last = reader.last
    await publisher.broker.remove("cpu")
    async with EventReader(web.port) as reader:
        await until_async(lambda: "cpu" not in web.relay.catalogue, "the removal has been heard of")
        reader.last = last
        await reader.open("cpu", several=several, query="&wait=true")
        await until_async(lambda: reader.named("removed") == [{"ids": ["cpu"]}], "the reader is told")
        publisher.forget()
        await publisher.create("cpu")
        await reader.until_offset("cpu", 1)
        assert reader.named("removed") == [{"ids": ["cpu"]}], "once"


async def test_streams_that_do_not_exist(web: RunningRelay, publisher: Publisher) -> None:
    async with EventReader(web.port) as reader:
        await reader.open("typo")
        assert b" 404 " in reader.head
        assert "wait=true" in (await reader.refusal())["message"]
    async with EventReader(web.port) as reader:
        await reader.open("later", query="&wait=true")
        assert b" 200 " in reader.head
        assert b"text/event-stream" in reader.head
        await publisher.create("later")
        await reader.until_offset("later", 1)


async def test_pages_of_other_origins(make_settings: MakeSettings, publisher: Publisher) -> None:
    await publisher.create("cpu")
    async with running_relay(make_settings(cors_origins=["https://friend.example"])) as web:
        for origin, allowed in (
            ("https://stranger.example", False),
            ("https://friend.example", True),
            (f"http://localhost:{web.port}", True),
        ):
            async with EventReader(web.port) as events:
                await events.open("cpu", origin=origin)
                assert (b" 200 " in events.head) is allowed, origin
                assert (f"access-control-allow-origin: {origin}".encode() in events.head) is allowed
            live = LiveReader(web.port)
            if allowed:
                await live.open(origin)
                await live.close()
            else:
                with pytest.raises(ConnectionError, match="forbidden"):
                    await live.open(origin)
        events = EventReader(web.port, host="rebound.example")
        await events.open("cpu")
        assert b" 403 " in events.head, "a name that is not ours"
        await events.close()


async def test_the_number_of_readers_is_bounded_with_that_of_boards(
    make_settings: MakeSettings, publisher: Publisher
) -> None:
    await publisher.create("cpu")
    async with running_relay(make_settings(max_viewers=2)) as web:
        async with LiveReader(web.port) as live, EventReader(web.port) as events:
            await events.open("cpu")
            assert b" 200 " in events.head
            guests = [REGISTRY.get_sample_value("windsock_guests", {"way": way}) for way in ("events", "live")]
            assert guests == [1.0, 1.0]
            with pytest.raises(ConnectionError, match="too_many_connections"):
                await LiveReader(web.port).open()
            async with EventReader(web.port) as third:
                await third.open("cpu")
                assert b" 503 " in third.head
                assert b"retry-after" in third.head
            assert not live.closed.is_set()
        await until_async(lambda: not web.relay.hub.viewers, "all have left")
        async with LiveReader(web.port) as live:
            await live.watch("cpu")
        assert web.relay.sessions.guests <= 1


async def test_a_service_that_stops_ends_its_answers(make_settings: MakeSettings, publisher: Publisher) -> None:
    await publisher.create("cpu")
    async with contextlib.AsyncExitStack() as stack:
        async with running_relay(make_settings()) as web:
            events = await stack.enter_async_context(EventReader(web.port))
            await events.open("cpu")
            live = await stack.enter_async_context(LiveReader(web.port))
            await events.until_offset("cpu", 1)
        await asyncio.wait_for(asyncio.gather(events.closed.wait(), live.closed.wait()), 10)


async def test_what_can_be_refused_is_refused_before_the_answer_begins(make_settings: MakeSettings) -> None:
    async with running_relay(make_settings(max_watched=3)) as web:
        for streams, status in ((["a", "b", "c", "d"], b" 422 "), (["a", "b", "c"], b" 200 ")):
            async with EventReader(web.port) as reader:
                await reader.open(*streams, several=True, query="&wait=true")
                assert status in reader.head, reader.head
                if status == b" 422 ":
                    assert (await reader.refusal())["code"] == "too_many_streams"
        await until_async(lambda: web.relay.sessions.guests == 0, "nobody is left")


async def test_who_come_at_the_same_moment_do_not_share_the_last_place(
    make_settings: MakeSettings, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publisher.publish("new")  # and is not in the catalogue yet: the broker is asked
    async with running_relay(make_settings(max_viewers=2)) as web, contextlib.AsyncExitStack() as stack:
        specs = web.broker.specs
        asked = 0
        all_ask = asyncio.Event()

        async def together(streams: Sequence[str]) -> list[StoredSpec | None]:
            nonlocal asked
            asked += list(streams) == ["new"]
            if asked == 5:
                all_ask.set()
            await all_ask.wait()
            return await specs(streams)

        monkeypatch.setattr(web.broker, "specs", together)
        readers = [await stack.enter_async_context(EventReader(web.port)) for _ in range(5)]
        await asyncio.gather(*(reader.open("new") for reader in readers))
        assert sorted(reader.head.split()[1] for reader in readers) == [b"200", b"200", b"503", b"503", b"503"]
        assert web.relay.sessions.guests == 2

"""The guarantees written in `windsock.shared.broker.port`, checked on every kind of server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit.cluster import ValkeyCluster
from kit.sentinel import SentinelSet
from kit.valkey import ValkeyProcess
from kit.waiting import until_async

from windsock.shared.broker import Batch, RedisBroker, Status, read_live
from windsock.shared.broker.port import Receipt
from windsock.shared.errors import Code, WindsockError
from windsock.shared.settings import load_settings

AnyBroker = ValkeyProcess | SentinelSet | ValkeyCluster


class Ear:
    """Remembers what a subscription says."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.ups = 0
        self.downs: list[str] = []

    def received(self, channel: str, message: bytes) -> None:
        self.heard.append((channel, message))

    def connected(self) -> None:
        self.ups += 1

    def disconnected(self, reason: str) -> None:
        self.downs.append(reason)


@pytest.fixture
async def broker(any_broker: AnyBroker) -> AsyncIterator[RedisBroker]:
    broker = RedisBroker(
        load_settings(redis_url=any_broker.url, history_bytes=2000, max_streams=3, max_sources=3), "test"
    )
    yield broker
    await broker.close()


def batch(payload: bytes = b"[1,2]", count: int = 1, stream: str = "cpu", **more: Any) -> Batch:
    fields: dict[str, Any] = {"keep": 100, "spec": [("type", b'"line"')]}
    return Batch(stream=stream, count=count, payload=payload, **(fields | more))


async def stored(broker: RedisBroker, *batches: Batch) -> list[Receipt]:
    receipts = await broker.publish(batches)
    assert all(isinstance(receipt, Receipt) for receipt in receipts), receipts
    return [receipt for receipt in receipts if isinstance(receipt, Receipt)]


async def test_offsets_count_samples_from_one_without_holes(broker: RedisBroker) -> None:
    receipts = await stored(broker, batch(b"[1,1],[2,2]", 2), batch(b"[3,3]"), batch(b"[4,4],[5,5],[6,6]", 3))
    assert [receipt.offset for receipt in receipts] == [2, 3, 6]
    history = await broker.read("cpu")
    assert [(entry.offset, entry.count, entry.payload) for entry in history.entries] == [
        (2, 2, b"[1,1],[2,2]"),
        (3, 1, b"[3,3]"),
        (6, 3, b"[4,4],[5,5],[6,6]"),
    ]
    assert history.offset == 6
    assert history.epoch == receipts[0].epoch != ""


async def test_history_after_an_offset_and_the_newest(broker: RedisBroker) -> None:
    await stored(broker, *(batch(b"[%d,0]" % number) for number in range(1, 11)))
    assert [entry.offset for entry in (await broker.read("cpu", after=7)).entries] == [8, 9, 10]
    assert [entry.offset for entry in (await broker.read("cpu", newest=2)).entries] == [9, 10]
    assert (await broker.read("cpu", after=10)).entries == []
    assert (await broker.read("nobody")).epoch == ""


async def test_a_page_of_history_ends_after_so_many_bytes(broker: RedisBroker) -> None:
    sizes = [1, 1, 30, 1, 1, 1, 1, 1, 1, 5]
    await stored(broker, *(batch(b",".join([b"[1,2]"] * size), size) for size in sizes))
    assert [entry.count for entry in (await broker.read("cpu", most_bytes=1)).entries] == [1], "one batch at least"
    assert [entry.count for entry in (await broker.read("cpu", 2, most_bytes=20)).entries] == [30]
    pages: list[list[int]] = []
    after = 0
    while page := (await broker.read("cpu", after, most_bytes=25)).entries:
        pages.append([entry.count for entry in page])
        after = page[-1].offset
        assert sum(len(entry.payload) for entry in page[:-1]) < 25
    assert [count for page in pages for count in page] == sizes
    assert len(pages) < len(sizes), "small batches share a page"
    assert (await broker.read("cpu", after, most_bytes=25)).offset == after == sum(sizes)
    assert (await broker.read("nobody", most_bytes=25)).epoch == ""


async def test_history_is_bounded_by_samples_not_by_batches(broker: RedisBroker) -> None:
    await stored(broker, *(batch(b"[1,1],[2,2],[3,3],[4,4],[5,5]", 5, keep=12) for _ in range(10)))
    entries = (await broker.read("cpu")).entries
    assert sum(entry.count for entry in entries) == 15, "the least whole batches that hold 12 samples"
    assert entries[-1].offset == 50


async def test_history_is_bounded_by_bytes_and_keeps_the_newest_however_large(broker: RedisBroker) -> None:
    await stored(broker, *(batch(b"[1,%b]" % (b"9" * 500)) for _ in range(20)))
    assert sum(len(entry.payload) for entry in (await broker.read("cpu")).entries) <= 2000
    assert len((await broker.read("cpu")).entries) == 3
    await stored(broker, batch(b"[1,%b]" % (b"9" * 5000)))
    assert [entry.offset for entry in (await broker.read("cpu")).entries] == [21]
    await stored(broker, batch())
    assert [entry.offset for entry in (await broker.read("cpu")).entries] == [22]


async def test_a_spec_changes_field_by_field_and_its_version_only_when_something_changed(broker: RedisBroker) -> None:
    first, same, other, spec_only = await stored(
        broker,
        batch(),
        batch(),
        batch(spec=[("type", b'"line"'), ("name", b'"CPU"')]),
        batch(b"", 0, spec=[("unit", b'"%"')]),
    )
    assert (first.version, same.version, other.version, spec_only.version) == (1, 1, 2, 3)
    assert spec_only.offset == 3, "a batch without rows takes no offset"
    (spec, missing) = await broker.specs(["cpu", "nobody"])
    assert missing is None
    assert spec is not None
    assert spec.fields == {"type": "line", "name": "CPU", "unit": "%"}
    assert (spec.offset, spec.version) == (3, 3)


async def test_a_batch_for_another_spec_version_is_refused_whole(broker: RedisBroker) -> None:
    await stored(broker, batch())
    (receipt,) = await stored(broker, batch(version=7))
    assert receipt.status is Status.STALE
    assert (await broker.read("cpu")).offset == 1


async def test_a_stream_that_is_gone_is_not_begun_without_a_spec(broker: RedisBroker) -> None:
    (receipt,) = await stored(broker, batch(spec=[]))
    assert receipt.status is Status.STALE
    assert (await broker.read("cpu")).epoch == ""


async def test_a_source_and_seq_are_stored_once(broker: RedisBroker) -> None:
    first, again, older, part, rest = await stored(
        broker,
        batch(b"[1,1],[2,2]", 2, source="a", first_seq=1, last_seq=2),
        batch(b"[1,1],[2,2]", 2, source="a", first_seq=1, last_seq=2),
        batch(b"[1,1]", 1, source="a", first_seq=1, last_seq=1),
        batch(b"[2,2],[3,3]", 2, source="a", first_seq=2, last_seq=3),
        batch(b"[3,3]", 1, source="a", first_seq=3, last_seq=3),
    )
    assert [receipt.status for receipt in (first, again, older, part, rest)] == [
        Status.STORED,
        Status.DUPLICATE,
        Status.DUPLICATE,
        Status.PARTIAL,
        Status.STORED,
    ]
    assert part.seq == 2
    assert (await broker.read("cpu")).offset == 3


async def test_sources_are_bounded_and_the_idlest_is_forgotten(broker: RedisBroker) -> None:
    for name in ("a", "b", "c", "d", "e"):
        await stored(broker, batch(source=name, first_seq=1, last_seq=1))
    (length,) = await broker.call(("HLEN", broker.keys.sources("cpu")))
    assert length == 3
    (receipt,) = await stored(broker, batch(source="e", first_seq=1, last_seq=1))
    assert receipt.status is Status.DUPLICATE


async def test_live_messages_arrive_in_the_order_of_their_offsets(broker: RedisBroker) -> None:
    ear = Ear()
    subscription = broker.subscribe(ear)
    subscription.add([broker.keys.live("cpu")])
    task = asyncio.create_task(subscription.run())
    try:
        await until_async(lambda: ear.ups, "the subscription is up")
        receipts = await stored(broker, *(batch(b"[%d,0],[0,0]" % number, 2) for number in range(100)))
        await until_async(lambda: len(ear.heard) >= 100, "all live messages are here")
        lives = [read_live(message) for _, message in ear.heard]
        assert [live.offset for live in lives] == [receipt.offset for receipt in receipts]
        assert {(live.epoch, live.count, live.version) for live in lives} == {(receipts[0].epoch, 2, 1)}
        assert lives[7].payload == b"[7,0],[0,0]"
        assert subscription.up
    finally:
        task.cancel()


async def test_many_streams_are_stored_and_heard_wherever_they_live(broker: RedisBroker) -> None:
    names = [f"stream {number}" for number in range(60)]
    ear = Ear()
    subscription = broker.subscribe(ear)
    subscription.add([broker.keys.live(name) for name in names[:30]])
    task = asyncio.create_task(subscription.run())
    try:
        await until_async(lambda: ear.ups, "the subscription is up")
        confirmed = asyncio.Event()
        subscription.add([broker.keys.live(name) for name in names[30:]], confirmed.set)
        await asyncio.wait_for(confirmed.wait(), 5)
        for number in range(5):
            await stored(broker, *(batch(b"[%d,0]" % number, stream=name) for name in names))
        await until_async(lambda: len(ear.heard) >= 300, "all live messages are here")
        for name in names:
            heard = [read_live(message) for channel, message in ear.heard if channel == broker.keys.live(name)]
            assert [live.offset for live in heard] == [1, 2, 3, 4, 5], name
        specs = await broker.specs(names)
        assert [spec.offset if spec else None for spec in specs] == [5] * 60
    finally:
        task.cancel()


async def test_a_broker_that_lost_what_it_acknowledged_begins_a_new_epoch_and_says_how_much(
    broker: RedisBroker,
) -> None:
    (first,) = await stored(broker, batch(b"[1,1],[2,2]", 2))
    same, behind, after = await stored(
        broker,
        batch(epoch=first.epoch, offset=2),
        batch(epoch=first.epoch, offset=10),
        batch(epoch=first.epoch, offset=10),
    )
    assert (same.epoch, same.seq) == (first.epoch, 0)
    assert behind.epoch != first.epoch
    assert (behind.offset, behind.seq) == (4, 7), "offsets go on; seven of ten samples are gone"
    assert (after.epoch, after.seq) == (behind.epoch, 0), "once is enough"
    assert (await broker.read("cpu")).epoch == behind.epoch


async def test_channels_come_and_go_while_the_subscription_is_up(broker: RedisBroker, any_broker: AnyBroker) -> None:
    ear = Ear()
    subscription = broker.subscribe(ear, patterns=[broker.keys.inbound_pattern])
    task = asyncio.create_task(subscription.run())
    try:
        await until_async(lambda: ear.ups, "the subscription is up")
        confirmed = asyncio.Event()
        subscription.add(["one", "two"], confirmed.set)
        await asyncio.wait_for(confirmed.wait(), 5)
        await broker.call(("PUBLISH", "two", "x"), ("PUBLISH", broker.keys.inbound("a:b"), "y"))
        await until_async(lambda: len(ear.heard) == 2, "both messages are here")
        assert set(ear.heard) == {("two", b"x"), (broker.keys.inbound("a:b"), b"y")}
        subscription.remove(["two"])
        await until_async(lambda: nobody_on(any_broker, "two"), "unsubscribed")
    finally:
        task.cancel()


def servers_of(any_broker: AnyBroker) -> list[ValkeyProcess]:
    if isinstance(any_broker, ValkeyCluster):
        return any_broker.nodes
    return [any_broker.primary] if isinstance(any_broker, SentinelSet) else [any_broker]


def nobody_on(any_broker: AnyBroker, channel: str) -> bool:
    return all(server.ask("PUBSUB", "NUMSUB", channel)[1] == 0 for server in servers_of(any_broker))


async def test_a_killed_subscription_comes_back_with_all_its_channels(
    broker: RedisBroker, any_broker: AnyBroker
) -> None:
    ear = Ear()
    subscription = broker.subscribe(ear)
    subscription.add(["one", broker.keys.live("cpu")])
    task = asyncio.create_task(subscription.run())
    try:
        await until_async(lambda: ear.ups == 1, "the subscription is up")
        for server in servers_of(any_broker):
            server.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await until_async(lambda: ear.ups == 2, "the subscription is up again")
        assert len(ear.downs) == 1
        await broker.call(("PUBLISH", "one", "x"))
        await stored(broker, batch())
        await until_async(lambda: len(ear.heard) == 2, "the messages are here")
        assert {channel for channel, _ in ear.heard} == {"one", broker.keys.live("cpu")}
    finally:
        task.cancel()


async def test_the_catalogue_is_bounded_and_says_so(broker: RedisBroker) -> None:
    for name in ("a", "b", "c", "a"):
        await broker.register(name)
    with pytest.raises(WindsockError) as refused:
        await broker.register("d")
    assert refused.value.code is Code.TOO_MANY_STREAMS
    assert await broker.streams() == ["a", "b", "c"]


async def test_a_stream_that_comes_back_finds_room_in_a_full_catalogue(broker: RedisBroker) -> None:
    for name in ("a", "b", "c"):
        await broker.register(name)
    await broker.register("back", back=True)
    assert "back" in await broker.streams()
    with pytest.raises(WindsockError):
        await broker.register("new")


async def test_history_without_its_spec_stands_in_nobodys_way(broker: RedisBroker) -> None:
    (before,) = await stored(broker, batch(b"[1,1],[2,2]", 2))
    await broker.call(("DEL", broker.keys.spec("cpu")))
    (after,) = await stored(broker, batch())
    assert after.offset == 1
    assert after.epoch != before.epoch
    assert len((await broker.read("cpu")).entries) == 1


async def test_a_removed_stream_begins_anew_with_another_epoch(broker: RedisBroker) -> None:
    await broker.register("cpu")
    (before,) = await stored(broker, batch())
    assert await broker.remove("cpu")
    assert not await broker.remove("cpu")
    assert await broker.streams() == []
    assert (await broker.specs(["cpu"])) == [None]
    (after,) = await stored(broker, batch())
    assert after.offset == 1
    assert after.epoch != before.epoch


async def test_an_entry_of_the_catalogue_that_a_dying_primary_took_with_it_is_made_again(
    broker: RedisBroker, any_broker: AnyBroker
) -> None:
    await broker.register("cpu")
    await stored(broker, batch())
    await broker.ping()
    await broker.call(("ZREM", broker.keys.streams, "cpu"))
    for server in servers_of(any_broker):
        server.ask("CLIENT", "KILL", "TYPE", "normal")

    async def back() -> bool:
        with contextlib.suppress(WindsockError):
            await broker.ping()
            return await broker.streams() == ["cpu"]
        return False

    await until_async(back, "the stream is in the catalogue again")


@pytest.mark.parametrize("stream", ["a}b", "}x", "{", "{}", "a:spec", "日本", "a b", "%s"])
async def test_any_id_has_keys_of_its_own_in_one_slot(broker: RedisBroker, stream: str) -> None:
    await stored(broker, batch(stream=stream))
    await stored(broker, batch(stream="other"))
    assert (await broker.read(stream)).offset == 1
    keys = broker.keys
    slots = await broker.call(
        *(
            ("CLUSTER", "KEYSLOT", key)
            for key in (keys.spec(stream), keys.history(stream), keys.sources(stream), keys.live(stream))
        )
    )
    if not any(isinstance(slot, Exception) for slot in slots):
        assert len(set(slots)) == 1


async def test_a_broker_that_is_away_says_unavailable_and_serves_again_when_it_is_back(valkey: ValkeyProcess) -> None:
    broker = RedisBroker(load_settings(redis_url=valkey.url), "test")
    ear = Ear()
    subscription = broker.subscribe(ear)
    task = asyncio.create_task(subscription.run())
    try:
        await stored(broker, batch())
        await until_async(lambda: ear.ups == 1, "the subscription is up")
        valkey.kill()
        with pytest.raises(WindsockError) as away:
            await broker.publish([batch()])
        assert away.value.code is Code.UNAVAILABLE
        assert away.value.retry
        await until_async(lambda: not subscription.up, "the subscription knows")
        valkey.start()
        (receipt,) = await stored(broker, batch())
        assert receipt.offset == 1, "it came back empty"
        await until_async(lambda: ear.ups == 2, "the subscription is up again")
    finally:
        task.cancel()
        await broker.close()


async def test_a_subscription_to_a_frozen_broker_is_noticed(valkey: ValkeyProcess) -> None:
    broker = RedisBroker(load_settings(redis_url=valkey.url), "test")
    ear = Ear()
    subscription = broker.subscribe(ear)
    task = asyncio.create_task(subscription.run())
    try:
        await until_async(lambda: ear.ups == 1, "the subscription is up")
        valkey.freeze()
        await until_async(lambda: ear.downs, "the loss is noticed though no connection was closed")
        valkey.thaw()
        await until_async(lambda: ear.ups == 2, "the subscription is up again", 20)
    finally:
        task.cancel()
        await broker.close()

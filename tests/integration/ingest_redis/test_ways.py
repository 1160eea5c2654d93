"""What is written to Redis becomes rows: by PUBLISH, and through the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kit.waiting import until_async

from windsock.ingest_redis.dressing import entry_seq
from windsock.shared.keys import Keys
from windsock.shared.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.redis_copy import Copy


async def test_a_published_message_takes_its_channels_id(copy: Copy) -> None:
    assert await copy.publish("cpu load", {"value": 1, "type": "line", "legend": ["user"]}) == 1
    await copy.publish("cpu load", {"value": {"user": 2}, "note": 'an "id" in a text'})
    await copy.publish("cpu load", b' {"id": null, "value": 3} ')
    await copy.publish("80085", {"id": 80085, "value": 4})
    await copy.publish("x{y}", b"{}")
    assert await copy.wait_for("cpu load", 3) == [1, 2, 3]
    assert await copy.wait_for("80085", 1) == [4]


@pytest.mark.parametrize(
    ("channel", "message", "code"),
    [
        ("a", {"id": "b", "value": 1}, "invalid"),
        ("1", {"id": True, "value": 1}, "invalid"),
        ("a", {"id": ["a"], "value": 1}, "invalid"),
        ("a", b"{", "malformed"),
        ("a", b"[1]", "malformed"),
        ("a", b"", "malformed"),
        ("a", {"value": "much"}, "invalid"),
        ("a", {"value": 1, "note": "x" * 5000}, "too_large"),
        ("x" * 129, {"value": 1}, "invalid"),
        ("a\x00b", {"value": 1}, "invalid"),
    ],
)
async def test_a_refused_message_is_told_on_the_channel_for_it(
    make_copy: Callable[..., Copy], channel: str, message: object, code: str
) -> None:
    async with make_copy(max_message=4096) as copy:
        await copy.active()
        async with copy.listening(copy.keys.refused) as ear:
            await copy.publish(channel, message)
            await until_async(lambda: ear.heard, "the refusal is told")
            assert (ear.heard[0]["error"]["code"], ear.heard[0]["way"]) == (code, "publish")
        await copy.publish("good", {"value": 1})
        assert await copy.wait_for("good", 1) == [1]
        assert await copy.broker.streams() == ["good"]


async def test_a_channel_whose_name_is_no_text_hurts_nobody(copy: Copy) -> None:
    await copy.publish(b"\xff\xfe", {"value": 1})
    await copy.publish("good", {"value": 1})
    assert await copy.wait_for("good", 1) == [1]
    assert copy.reader.hearing


async def test_inbox_entries_become_rows_in_order_and_leave_the_inbox(copy: Copy) -> None:
    await copy.add(*({"id": f"s{number % 3}", "value": number} for number in range(3000)))
    await copy.settled()
    for stream in range(3):
        assert await copy.values(f"s{stream}") == list(range(stream, 3000, 3))


async def test_an_entrys_time_is_when_it_was_added(copy: Copy) -> None:
    (entry,) = await copy.add({"id": "s", "value": 1})
    await copy.settled()
    assert (await copy.rows("s"))[0][0] == int(entry.split(b"-")[0])


async def test_bad_entries_are_told_and_settled(make_copy: Callable[..., Copy]) -> None:
    async with make_copy(max_message=4096) as copy:
        await copy.active()
        async with copy.listening(copy.keys.refused) as ear:
            ids = await copy.add(
                b"nonsense", {"value": 1}, {"id": "a", "value": "much"}, {"id": "a", "value": 1, "note": "x" * 5000}
            )
            ids += await copy.broker.call(("XADD", copy.keys.inbox, "*", "message", b'{"id":"a","value":1}'))
            await copy.add({"id": "a", "value": 2})
            await copy.settled()
            await until_async(lambda: len(ear.heard) == 5, "all refusals are told")
            told = {line["where"]: line["error"]["code"] for line in ear.heard}
            assert [told[entry.decode()] for entry in ids] == [
                "malformed",
                "invalid",
                "invalid",
                "too_large",
                "invalid",
            ]
        assert await copy.values("a") == [2]


async def test_a_flood_of_bad_messages_is_no_flood_of_complaints(copy: Copy) -> None:
    async with copy.listening(copy.keys.refused) as ear:
        await copy.broker.call(*(("PUBLISH", copy.keys.inbound("a"), b"bad") for _ in range(500)))
        await copy.publish("good", {"value": 1})
        assert await copy.wait_for("good", 1) == [1]
        await until_async(
            lambda: any("more errors" in line["error"]["message"] for line in ear.heard), "the rest is summed up"
        )
        assert len(ear.heard) <= 25


async def test_a_message_that_comes_again_with_its_number_is_stored_once(copy: Copy) -> None:
    messages = [{"id": "s", "value": number, "source": "p", "seq": number} for number in range(1, 5)]
    await copy.add(*messages, *messages)
    for message in messages:
        await copy.publish("s", message)
    await copy.add({"id": "s", "value": 5, "seq": 3}, {"id": "s", "value": 6, "source": "p"})
    await copy.settled()
    assert await copy.values("s") == [1, 2, 3, 4, 5, 6]


async def test_entries_with_ids_of_the_publishers_own_are_stored_too(copy: Copy) -> None:
    for entry in ("1-1", "1-2", "77-0"):
        await copy.add({"id": "s", "value": 1}, entry=entry)
    await copy.settled()
    assert len(await copy.rows("s")) == 3


async def test_an_inbox_that_vanishes_comes_back(copy: Copy) -> None:
    await copy.add({"id": "s", "value": 1})
    await copy.settled()
    await copy.broker.call(("DEL", copy.keys.inbox))
    await copy.add({"id": "s", "value": 2})
    assert await copy.wait_for("s", 2) == [1, 2]
    await copy.settled()


async def test_redis_publishers_need_no_key_of_windsocks(make_copy: Callable[..., Copy]) -> None:
    async with make_copy(publish_key="secret-key") as copy:
        await copy.active()
        await copy.publish("s", {"value": 1})
        await copy.add({"id": "s", "value": 2, "api_crypt": "anything"})
        await copy.settled()
        assert sorted(await copy.wait_for("s", 2)) == [1, 2]


async def test_messages_of_a_megabyte_do_not_pile_up(make_copy: Callable[..., Copy]) -> None:
    async with make_copy(max_in_hand_bytes=2_000_000) as copy:
        await copy.active()
        await copy.add(*({"id": "t", "type": "text", "value": f"{number} " + "x" * 900_000} for number in range(12)))
        await copy.settled()
        assert [lines[0]["text"].split()[0] for lines in await copy.values("t")] == [
            str(number) for number in range(12)
        ]


def test_the_numbers_of_entries_grow_with_their_ids() -> None:
    ids = [b"1577836800000-0", b"1577836800000-8191", b"1577836800001-0", b"1795357306891-1000", b"2650000000000-8191"]
    numbers = [entry_seq(entry) for entry in ids]
    assert None not in numbers
    assert numbers == sorted(number for number in numbers if number is not None)
    assert all(number is not None and number < 2**53 for number in numbers)
    assert [entry_seq(entry) for entry in (b"1-1", b"1577836800000-8192", b"99999999999999-0")] == [None] * 3


def test_the_lease_lies_on_the_inboxs_node_of_a_cluster() -> None:
    keys = Keys(load_settings().redis_prefix)
    assert f"{{{keys.inbox}}}" in keys.inbox_lease

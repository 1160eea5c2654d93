"""Several copies: exactly one reads, and what it leaves another one finishes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from kit.waiting import until_async

from windsock.ingest_redis.reader import Role
from windsock.shared.errors import Code, WindsockError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.redis_copy import Copy
    from kit.valkey import ValkeyProcess


async def test_one_of_three_reads_and_nothing_is_doubled(make_copy: Callable[..., Copy]) -> None:
    async with make_copy() as first, make_copy() as second, make_copy() as third:
        copies = [first, second, third]
        await until_async(lambda: any(copy.reader.hearing for copy in copies), "one reads")
        assert await first.publish("s", {"value": 0}) == 1, "one listens to what is published"
        await first.add(*({"id": "s", "value": number} for number in range(1, 501)))
        await first.settled()
        assert sorted(await first.wait_for("s", 501)) == list(range(501))
        assert [copy.reader.role for copy in copies].count(Role.ACTIVE) == 1


async def test_a_copy_that_stops_hands_over_at_once(make_copy: Callable[..., Copy]) -> None:
    async with make_copy() as second, make_copy() as first:
        await until_async(lambda: first.reader.hearing or second.reader.hearing, "one reads")
        active, standby = (first, second) if first.reader.hearing else (second, first)
        await active.add({"id": "s", "value": 1})
        await active.settled()
        await active.reader.stop()
        await active.intake.drain()
        began = time.monotonic()
        await active.reader.hand_over()
        await standby.active()
        assert time.monotonic() - began < 2.4, "it need not wait for the lease to end, 2.5 s"
        await standby.add({"id": "s", "value": 2})
        await standby.settled()
        assert await standby.values("s") == [1, 2]


async def test_a_copy_that_dies_is_replaced_in_three_seconds(make_copy: Callable[..., Copy]) -> None:
    async with make_copy() as first:
        await first.active()
        async with make_copy() as second:
            await second.broker.ping()
            began = time.monotonic()
            await first.die()
            await second.active()
            assert time.monotonic() - began < 4, "three seconds, and one for a busy machine"


async def test_what_was_handed_out_and_not_settled_is_taken_over_before_anything_new(
    make_copy: Callable[..., Copy],
) -> None:
    async with make_copy() as copy:
        await copy.active()
        await copy.add({"id": "s", "value": 0})
        await copy.settled()
        await copy.die()
    async with make_copy() as heir:
        # An entry handed out to a reader that stored it and died, two that it did not store, and new ones.
        await heir.add(*({"id": "s", "value": number} for number in range(1, 4)))
        await heir.broker.call(
            ("XREADGROUP", "GROUP", heir.keys.inbox_group, "the-dead", "COUNT", 3, "STREAMS", heir.keys.inbox, ">")
        )
        await heir.add(*({"id": "s", "value": number} for number in range(4, 8)))
        await heir.settled()
        assert await heir.values("s") == list(range(8))
        (consumers,) = await heir.broker.call(("XINFO", "CONSUMERS", heir.keys.inbox, heir.keys.inbox_group))
        assert [consumer[1] for consumer in consumers] == [heir.lease.holder.encode()], "the dead are forgotten"


async def test_what_was_stored_and_not_settled_is_not_stored_again(make_copy: Callable[..., Copy]) -> None:
    async with make_copy() as copy:
        await copy.active()
        ids = await copy.add(*({"id": "s", "value": number} for number in range(50)))
        await copy.wait_for("s", 50)
        await copy.settled()
        await copy.die()
    async with make_copy() as heir:
        # As if the dead reader had stored the entries and not come to settle them.
        await heir.broker.call(("DEL", heir.keys.inbox))
        await heir.broker.call(
            *(
                ("XADD", heir.keys.inbox, entry, "m", b'{"id":"s","value":%d}' % place)
                for place, entry in enumerate(ids)
            )
        )
        await heir.add({"id": "s", "value": 50})
        await heir.settled()
        assert await heir.values("s") == list(range(51))


async def test_a_reader_that_was_asleep_while_another_took_over_does_no_harm(make_copy: Callable[..., Copy]) -> None:
    async with make_copy() as sleeper:
        await sleeper.active()
        async with make_copy() as other:
            # As after a long stop of the process: the lease is another's, and the sleeper does not know it yet.
            await other.broker.call(("SET", other.keys.inbox_lease, other.lease.holder, "PX", 2500))
            await other.add(*({"id": "s", "value": number} for number in range(100)))
            await until_async(lambda: sleeper.reader.role is Role.STANDBY, "the sleeper sees that it lost the lease")
            await until_async(lambda: other.reader.hearing or sleeper.reader.hearing, "one reads again")
            await other.settled()
            assert await other.values("s") == list(range(100))


async def test_the_lease_is_let_go_before_redis_ends_it(valkey: ValkeyProcess, make_copy: Callable[..., Copy]) -> None:
    async with make_copy(redis_url=valkey.url) as copy:
        await copy.active()
        valkey.freeze()
        try:
            began = time.monotonic()
            await until_async(lambda: not copy.lease.held, "the holder lets go")
            assert time.monotonic() - began < 4, (
                "its own clock ends the lease after 2.5 s; the rest is for a busy machine"
            )
        finally:
            valkey.thaw()
        await copy.active()
        await copy.add({"id": "s", "value": 1})
        await copy.settled()


async def test_after_redis_was_away_both_ways_are_read_again(
    valkey: ValkeyProcess, make_copy: Callable[..., Copy]
) -> None:
    async with make_copy(redis_url=valkey.url) as copy:
        await copy.active()
        await copy.add({"id": "s", "value": 1})
        await copy.settled()
        valkey.kill()
        await until_async(lambda: not copy.reader.hearing, "the loss is noticed")
        valkey.start()
        await until_async(lambda: copy.reader.role is Role.ACTIVE and copy.reader.hearing, "it reads again")
        await copy.publish("s", {"value": 2})
        await copy.wait_for("s", 1)
        await copy.add({"id": "s", "value": 3})
        await asyncio.wait_for(copy.settled(), 10)
        assert await copy.values("s") == [2, 3]


async def test_entries_that_could_not_be_settled_are_settled_later(
    make_copy: Callable[..., Copy], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_copy() as copy:
        await copy.active()
        call, failures = copy.broker.call, 0

        async def failing(*commands: tuple[str | bytes | int | float, ...]) -> list[Any]:
            nonlocal failures
            if commands[0][0] == "XACK" and failures < 3:
                failures += 1
                raise WindsockError(Code.UNAVAILABLE, "away")
            return await call(*commands)

        monkeypatch.setattr(copy.broker, "call", failing)
        await copy.add({"id": "s", "value": 1})
        await copy.settled()
        assert failures == 3

"""Entries that are stored are settled, sooner or later: a broker that refuses it for a while is asked again, and meanwhile no more than so many are held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kit.waiting import until_async

from windsock.ingest_redis import inbox
from windsock.shared.errors import Code, WindsockError
from windsock.shared.intake.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kit.redis_copy import Copy
    from kit.valkey import ValkeyProcess

    from windsock.shared.intake.flight import Flight

MOST = 100


async def pending(copy: Copy) -> int:
    """Entries that were handed out and not settled."""
    (facts,) = await copy.broker.call(("XPENDING", copy.keys.inbox, copy.keys.inbox_group))
    return facts[0]


async def test_what_the_broker_would_not_settle_is_settled_when_it_does(
    make_copy: Callable[..., Copy], valkey: ValkeyProcess
) -> None:
    async with make_copy(redis_url=valkey.url) as copy:
        await copy.active()
        valkey.ask("ACL", "SETUSER", "default", "-xack")
        await copy.add(*({"id": "s", "value": number} for number in range(10)))
        await copy.wait_for("s", 10)
        assert await pending(copy) == 10
        valkey.ask("ACL", "SETUSER", "default", "+xack")
        await copy.settled()
        assert await copy.values("s") == list(range(10))


async def test_while_nothing_is_settled_no_more_than_so_many_are_taken_in(
    make_copy: Callable[..., Copy], valkey: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_UNSETTLED", MOST)
    monkeypatch.setattr(inbox, "MOST_FETCH", 10)
    async with make_copy(redis_url=valkey.url) as copy:
        await copy.active()
        valkey.ask("ACL", "SETUSER", "default", "-xack")
        for start in range(0, 1000, 100):
            await copy.add(*({"id": "s", "value": number} for number in range(start, start + 100)))
        await copy.wait_for("s", MOST)
        # One that was heard later, and is stored, shows that the reader had time for more.
        await copy.publish("t", {"value": 1})
        await copy.wait_for("t", 1)
        assert len(await copy.values("s")) <= MOST + 50
        assert await pending(copy) <= MOST + 50
        valkey.ask("ACL", "SETUSER", "default", "+xack")
        await copy.settled()
        assert await copy.values("s") == list(range(1000))


async def test_a_copy_that_ends_leaves_what_it_could_not_settle_to_the_next(
    make_copy: Callable[..., Copy], valkey: ValkeyProcess
) -> None:
    async with make_copy(redis_url=valkey.url) as first:
        await first.active()
        valkey.ask("ACL", "SETUSER", "default", "-xack")
        await first.add(*({"id": "s", "value": number} for number in range(10)))
        await first.wait_for("s", 10)
    valkey.ask("ACL", "SETUSER", "default", "+xack")
    async with make_copy(redis_url=valkey.url) as second:
        await second.active()
        await until_async(lambda: pending_is(second, 0), "the next one has settled them")
        assert await second.values("s") == list(range(10)), "they are stored once"


async def pending_is(copy: Copy, count: int) -> bool:
    return await pending(copy) == count


async def test_what_could_not_be_stored_is_handed_out_again_before_anything_newer(
    make_copy: Callable[..., Copy], monkeypatch: pytest.MonkeyPatch
) -> None:
    fly: Callable[..., Awaitable[WindsockError | None]] = getattr(Writer, "_fly")  # noqa: B009  # it is the writer's own
    failures = 0

    async def fails_twice(writer: Writer, flight: Flight, give_up: float | None) -> WindsockError | None:
        nonlocal failures
        if failures < 2 and flight.segments:
            failures += 1
            return WindsockError(Code.UNAVAILABLE, "not now")
        return await fly(writer, flight, give_up)

    monkeypatch.setattr(Writer, "_fly", fails_twice)
    async with make_copy() as copy:
        await copy.active()
        for start in range(0, 100, 10):
            await copy.add(*({"id": "s", "value": number} for number in range(start, start + 10)))
        await copy.settled()
        assert failures == 2
        assert await copy.values("s") == list(range(100)), "each once, and in order"

"""Rules that change at a bad moment: while the watch is taken over, while they are read, while nothing is heard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kit.alerts import active
from kit.relay import Publisher, running_relay
from kit.waiting import until_async

from windsock.shared.settings import Settings
from windsock.shared.wire import AlertRule
from windsock.web.alerts.store import AlertStore
from windsock.web.alerts.watchman import Watchman

MakeSettings = Callable[..., Settings]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What watchmen have heard."""
    messages: list[bytes] = []
    received = Watchman.received

    def hear(watchman: Watchman, channel: str, message: bytes) -> None:
        received(watchman, channel, message)
        messages.append(message)

    monkeypatch.setattr(Watchman, "received", hear)
    return messages


async def test_a_rule_that_is_set_while_a_process_takes_over_the_watch_is_kept(
    make_settings: MakeSettings, publisher: Publisher, heard: list[bytes], monkeypatch: pytest.MonkeyPatch
):
    await publisher.create("pump")
    delivered = AlertStore.delivered

    async def meanwhile(store: AlertStore) -> int:
        await store.set_rule("pump", AlertRule(above=0.5))
        await until_async(lambda: b"rule pump" in heard, "word of it comes")
        return await delivered(store)

    monkeypatch.setattr(AlertStore, "delivered", meanwhile)
    async with running_relay(make_settings(tick_ms=20)) as running:

        async def raised() -> bool:
            return await active(running) == [("pump", "above")]

        await until_async(raised, "the newest value is above its limit")


async def test_a_rule_that_is_changed_while_it_is_read_is_read_again(
    make_settings: MakeSettings, publisher: Publisher, heard: list[bytes], monkeypatch: pytest.MonkeyPatch
):
    await publisher.create("first", "pump")
    read = AlertStore.rule
    reads = 0

    async def meanwhile(store: AlertStore, stream: str) -> AlertRule | None:
        nonlocal reads
        reads += 1
        rule = await read(store, stream)
        if reads == 1:
            await store.set_rule("pump", AlertRule(above=0.5))
            await until_async(lambda: heard.count(b"rule pump") == 2, "word of the second comes")
        return rule

    async with running_relay(make_settings(tick_ms=20)) as running:

        async def raised(*streams: str) -> bool:
            return await active(running) == [(stream, "above") for stream in streams]

        store = running.relay.watchman.store
        await store.set_rule("first", AlertRule(above=0.5))
        await until_async(lambda: raised("first"), "it watches")
        monkeypatch.setattr(AlertStore, "rule", meanwhile)
        await store.set_rule("pump", AlertRule(above=1_000))
        await until_async(lambda: raised("first", "pump"), "the newest value is above the newest limit")


async def test_a_rule_that_was_set_while_nothing_was_heard_counts_though_the_lease_is_just_renewed(
    make_settings: MakeSettings, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
):
    await publisher.create("first", "pump")
    async with running_relay(make_settings(tick_ms=20)) as running:
        watchman = running.relay.watchman
        own, rules = AlertStore.own, publisher.broker.keys.alert_rules
        renewals = 0

        async def raised(*streams: str) -> bool:
            return await active(running) == [(stream, "above") for stream in streams]

        async def meanwhile(store: AlertStore, lease_ms: int) -> bool:
            nonlocal renewals
            ours = await own(store, lease_ms)
            renewals += 1
            if renewals == 1:
                watchman.disconnected("the line broke")
                await publisher.broker.call(("HSET", rules, "pump", '{"above": 0.5}'))  # and nobody says so
                watchman.connected()
            return ours

        await watchman.store.set_rule("first", AlertRule(above=0.5))
        await until_async(lambda: raised("first"), "it watches")
        monkeypatch.setattr(AlertStore, "own", meanwhile)
        await until_async(lambda: raised("first", "pump"), "all rules are read again")

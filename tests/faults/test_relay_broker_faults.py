"""The broker dies, freezes, is away when a viewer comes: viewers are told, and miss nothing that history keeps. (test_relay.py has the rest.)"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from kit.relay import Publisher, RunningRelay, Viewer, running_relay
from kit.valkey import ValkeyProcess
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import WindsockError
from windsock.shared.settings import Settings, load_settings

pytestmark = pytest.mark.faults


def settings_for(server: ValkeyProcess) -> Settings:
    return load_settings(redis_url=server.url, web_port=0, tick_ms=20)


@pytest.fixture
def lasting() -> Iterator[ValkeyProcess]:
    """A Valkey of the test's own that keeps its data on disk."""
    with ValkeyProcess(persistent=True) as server:
        yield server


@asynccontextmanager
async def publisher_on(server: ValkeyProcess) -> AsyncGenerator[Publisher]:
    broker = RedisBroker(settings_for(server), "publisher")
    yield Publisher(broker)
    await broker.close()


def broker_state(viewer: Viewer) -> str:
    return viewer.named("status")[-1]["broker"] if viewer.named("status") else ""


def subscription_up(web: RunningRelay) -> Callable[[], bool]:
    return lambda: web.relay.follower.subscription.up


async def test_viewers_are_told_when_the_broker_goes_and_when_it_is_back(lasting: ValkeyProcess) -> None:
    async with (
        running_relay(settings_for(lasting)) as web,
        publisher_on(lasting) as publisher,
        Viewer(web.port) as viewer,
    ):
        await publisher.create("a")
        await viewer.watch("a")
        await viewer.until_offset(publisher.sent)
        await viewer.until(lambda: broker_state(viewer) == "up", "up")
        catalogues = len(viewer.named("catalogue"))
        lasting.kill()
        await viewer.until(lambda: broker_state(viewer) == "down", "told that it is down")
        answer = web.relay.health.answer("/readyz")
        assert answer is not None
        assert answer.status == 503
        lasting.start()
        await viewer.until(lambda: broker_state(viewer) == "up", "told that it is up", 15)
        await viewer.until(lambda: len(viewer.named("catalogue")) > catalogues, "the catalogue anew")

        async def published() -> bool:
            with contextlib.suppress(WindsockError):
                await publisher.publish("a")
                return True
            publisher.sent["a"] -= 1
            return False

        await until_async(published, "publishing works again")
        await viewer.until_offset(publisher.sent)
        assert viewer.line("a").values == list(range(1, publisher.sent["a"] + 1))


async def test_a_frozen_broker_is_noticed_by_the_probe(valkey: ValkeyProcess) -> None:
    async with (
        running_relay(settings_for(valkey)) as web,
        publisher_on(valkey) as publisher,
        Viewer(web.port) as viewer,
    ):
        await publisher.create("a")
        await viewer.watch("a")
        await viewer.until_offset(publisher.sent)
        valkey.freeze()
        try:
            await viewer.until(lambda: broker_state(viewer) == "down", "noticed", 15)
        finally:
            valkey.thaw()
        await viewer.until(lambda: broker_state(viewer) == "up", "back", 15)
        await until_async(subscription_up(web), "the subscription is back", 15)
        await publisher.publish("a")
        await viewer.until_offset(publisher.sent)
        assert viewer.line("a").values == [1, 2]


async def test_a_viewer_that_comes_while_the_broker_is_away_is_served_when_it_is_back(lasting: ValkeyProcess) -> None:
    async with running_relay(settings_for(lasting)) as web, publisher_on(lasting) as publisher:
        await publisher.create("a")
        await publisher.publish("a", count=20)
        await publisher.broker.call(("BGREWRITEAOF",))
        lasting.kill()
        await until_async(lambda: not web.relay.follower.subscription.up, "noticed")
        async with Viewer(web.port) as viewer:
            assert await viewer.watch("a") == {"watching": 1}
            await viewer.until(lambda: broker_state(viewer) == "down", "told")
            lasting.start()
            await viewer.until(lambda: viewer.line("a").offset > 0, "a snapshot", 15)
            await asyncio.wait_for(asyncio.shield(viewer.ask("watch", {})), 5)

"""What a viewer sees: catalogue, snapshot, live; late, reloaded, elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from kit.relay import Publisher, RunningRelay, Viewer, running_relay

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]


@pytest.fixture
async def web(make_settings: MakeSettings) -> AsyncIterator[RunningRelay]:
    async with running_relay(make_settings(tick_ms=20)) as running:
        yield running


@pytest.fixture
async def publisher(make_settings: MakeSettings) -> AsyncIterator[Publisher]:
    broker = RedisBroker(make_settings(), "publisher")
    yield Publisher(broker)
    await broker.close()


async def test_a_viewer_is_greeted_with_the_catalogue_and_the_brokers_state(
    web: RunningRelay, publisher: Publisher
) -> None:
    await publisher.create("cpu", name="CPU", unit="%")
    async with Viewer(web.port) as viewer:
        await viewer.until(lambda: viewer.named("catalogue") and viewer.named("status"), "greeting")
        assert [name for name, _ in viewer.events][:2] == ["CONNECT", "hello"]
        assert viewer.named("hello")[0]["protocol"] == 1
        assert viewer.named("hello")[0]["tick_ms"] == 20
        await viewer.until(lambda: viewer.named("status")[-1]["broker"] == "up", "the broker is up")
        (spec,) = viewer.named("catalogue")[-1]["streams"]
        assert (spec["id"], spec["name"], spec["unit"], spec["type"]) == ("cpu", "CPU", "%", "line")


async def test_a_viewer_gets_what_there_is_and_then_what_comes(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a", "b")
    await publisher.publish("a", "b", count=50)
    async with Viewer(web.port) as viewer:
        assert await viewer.watch("a", "b") == {"watching": 2}
        await viewer.until_offset(publisher.sent)
        assert viewer.line("a").values == list(range(1, 52))
        for _ in range(20):
            await publisher.publish("a", "b", count=3)
        await viewer.until_offset(publisher.sent)
        assert viewer.line("b").values == list(range(1, 112))
        assert viewer.line("b").resets == 1

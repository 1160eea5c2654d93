"""The stock Socket.IO client, over each transport: what it gets is what the board gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import pytest
from kit.relay import Ledger, Publisher, RunningRelay, running_relay
from kit.waiting import until_async

from windsock.shared.settings import Settings
from windsock.web.outlet import Outlet

TRANSPORTS: list[Sequence[str]] = [["websocket"], ["polling"], ["polling", "websocket"]]


class StockClient:
    """python-socketio's own client."""

    def __init__(self) -> None:
        self.client: Any = import_module("socketio").AsyncClient(reconnection=False)
        self.ledger = Ledger()
        self.events: list[tuple[str, Any]] = []
        self.client.on("*", self._take)

    async def _take(self, event: str, body: Any) -> None:
        self.events.append((event, body))
        if event == "tick":
            for delta in body["streams"]:
                self.ledger.take(delta)

    def names(self) -> list[str]:
        return [name for name, _ in self.events]


@asynccontextmanager
async def stock(web: RunningRelay, transports: Sequence[str]) -> AsyncGenerator[StockClient]:
    client = StockClient()
    await client.client.connect(web.url, transports=list(transports))
    try:
        yield client
    finally:
        # Without `abort` it waits for its last long poll, which is answered when there is something to say.
        await client.client.eio.disconnect(abort=True)


def outlets(web: RunningRelay) -> list[Outlet]:
    return [viewer.outlet for viewer in web.relay.hub.viewers.values()]


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_the_stock_client_gets_everything_in_order(
    web: RunningRelay, publisher: Publisher, transports: Sequence[str]
) -> None:
    await publisher.create("a", "b")
    await publisher.publish("a", count=40)
    async with stock(web, transports) as client:
        assert await client.client.call("watch", {"add": [{"id": "a"}, {"id": "b"}]}) == {"watching": 2}
        for _ in range(50):
            await publisher.publish("a", "b", count=2)
            await asyncio.sleep(0.005)
        await until_async(
            lambda: {name: line.offset for name, line in client.ledger.lines.items()} == publisher.sent, "all samples"
        )
        assert not client.ledger.faults, client.ledger.faults
        assert client.ledger.lines["a"].values == list(range(1, 142))
        assert client.names()[0] == "hello"
        assert {"catalogue", "status"} <= set(client.names())
        assert await client.client.call("visible", data=False) == {}


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_a_websocket_is_written_to_directly_and_long_polling_is_not(
    web: RunningRelay, publisher: Publisher, transports: Sequence[str]
) -> None:
    await publisher.create("a")
    async with stock(web, transports) as client:
        await client.client.call("watch", {"add": [{"id": "a"}]})
        await until_async(lambda: "a" in client.ledger.lines, "a snapshot")
        await publisher.publish("a")
        await until_async(lambda: client.ledger.lines["a"].offset == 2, "a sample")
        direct = [outlet.wire is not None for outlet in outlets(web)]
        assert direct == ["websocket" in transports]


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_without_the_fast_path_everything_works_just_slower(
    make_settings: Callable[..., Settings],
    publisher: Publisher,
    transports: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_wire(_: object) -> None:
        return None

    monkeypatch.setattr("windsock.web.session.wire_of", no_wire)
    monkeypatch.setattr("windsock.web.guard.wire_of", no_wire)
    async with running_relay(make_settings(tick_ms=20)) as web:
        await publisher.create("a")
        async with stock(web, transports) as client:
            await client.client.call("watch", {"add": [{"id": "a"}]})
            for _ in range(30):
                await publisher.publish("a", count=3)
                await asyncio.sleep(0.005)
            await until_async(
                lambda: "a" in client.ledger.lines and client.ledger.lines["a"].offset == publisher.sent["a"],
                "all samples",
            )
            assert not client.ledger.faults, client.ledger.faults
            assert [outlet.wire for outlet in outlets(web)] == [None]


async def test_an_upgrade_in_mid_stream_neither_loses_nor_doubles(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    done = asyncio.Event()

    async def flow() -> None:
        while not done.is_set():
            await publisher.publish("a")
            await asyncio.sleep(0.001)

    flowing = asyncio.create_task(flow())
    for _ in range(10):
        async with stock(web, ["polling", "websocket"]) as client:
            await client.client.emit("watch", {"add": [{"id": "a"}]})
            await until_async(lambda client=client: "a" in client.ledger.lines, "a snapshot")
            first = client.ledger.lines["a"].offset
            await until_async(
                lambda client=client, first=first: client.ledger.lines["a"].offset > first + 30, "some ticks"
            )
            assert not client.ledger.faults, client.ledger.faults
    done.set()
    await flowing

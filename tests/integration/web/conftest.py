"""A web service, and a client for it that says what it wants said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from kit.relay import Publisher, RunningRelay, running_relay

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]


@pytest.fixture
async def web(make_settings: MakeSettings) -> AsyncIterator[RunningRelay]:
    async with running_relay(make_settings(tick_ms=20)) as running:
        yield running


@pytest.fixture
async def http(web: RunningRelay) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=web.url) as client:
        yield client


@pytest.fixture
async def publisher(make_settings: MakeSettings) -> AsyncIterator[Publisher]:
    broker = RedisBroker(make_settings(), "publisher")
    yield Publisher(broker)
    await broker.close()

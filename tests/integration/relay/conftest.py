"""A web service and a publisher for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from kit.relay import Publisher, RunningRelay, running_relay

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]


@pytest.fixture
async def web(make_settings: MakeSettings) -> AsyncIterator[RunningRelay]:
    async with running_relay(make_settings(tick_ms=20, ring_samples=100), linger=0.2) as running:
        yield running


@pytest.fixture
async def publisher(make_settings: MakeSettings) -> AsyncIterator[Publisher]:
    broker = RedisBroker(make_settings(), "publisher")
    yield Publisher(broker)
    await broker.close()

"""A publisher for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from kit.relay import Publisher

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]


@pytest.fixture
async def publisher(make_settings: MakeSettings) -> AsyncIterator[Publisher]:
    broker = RedisBroker(make_settings(), "publisher")
    yield Publisher(broker)
    await broker.close()

"""A copy of ingest-redis, on the loop that the service runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop
from kit.redis_copy import Copy

from windsock.shared.settings import Settings


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the service runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def make_copy(make_settings: Callable[..., Settings]) -> Callable[..., Copy]:
    """A copy under settings of the test's own; an async context manager."""

    def make(**settings: object) -> Copy:
        return Copy(make_settings(**settings))

    return make


@pytest.fixture
async def copy(make_copy: Callable[..., Copy]) -> AsyncIterator[Copy]:
    """A copy that reads."""
    async with make_copy() as copy:
        yield await copy.active()

"""The HTTP port, on the loop that the service runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop
from kit.http_port import HttpPort

from windsock.shared.settings import Settings


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the service runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def fast() -> bool:
    """Whether the hot route is used; modules whose tests should pass either way have a fixture of their own."""
    return True


@pytest.fixture
def make_port(make_settings: Callable[..., Settings], fast: bool) -> Callable[..., HttpPort]:
    """The port under settings of the test's own; an async context manager."""

    def make(**settings: object) -> HttpPort:
        return HttpPort(make_settings(**settings), fast=fast)

    return make


@pytest.fixture
async def port(make_port: Callable[..., HttpPort]) -> AsyncIterator[HttpPort]:
    """The port under the usual settings."""
    async with make_port() as port:
        yield port

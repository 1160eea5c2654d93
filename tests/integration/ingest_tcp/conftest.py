"""The TCP ports, on the loop that the service runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop
from kit.tcp_ports import TcpPorts

from windsock.shared.settings import Settings


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the service runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def make_ports(make_settings: Callable[..., Settings]) -> Callable[..., TcpPorts]:
    """The ports under settings of the test's own; an async context manager."""

    def make(**settings: object) -> TcpPorts:
        return TcpPorts(make_settings(**settings))

    return make


@pytest.fixture
async def ports(make_ports: Callable[..., TcpPorts]) -> AsyncIterator[TcpPorts]:
    """The ports under the usual settings."""
    async with make_ports() as ports:
        yield ports

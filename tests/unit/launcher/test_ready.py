"""Ready is what a service says itself; until then its last word is remembered, for the sentence when it is too late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from kit.waiting import until_async

from windsock.command.up.launcher import NotReady, _in_time  # pyright: ignore[reportPrivateUsage]
from windsock.command.up.ports import free_port
from windsock.command.up.ready import Readiness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOST = "127.0.0.1"


class Service:
    """Answers every request with what it was last set to."""

    answer = b"HTTP/1.1 503 No\r\n\r\n{}"
    port = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        writer.close()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    server = await asyncio.start_server(service.handle, HOST, 0)
    async with server:
        service.port = server.sockets[0].getsockname()[1]
        yield service


async def test_it_waits_through_a_no_and_remembers_why(service: Service) -> None:
    service.answer = b'HTTP/1.1 503 No\r\nX: y\r\n\r\n{"problems": {"broker": "away"}}'
    asked = Readiness("web", HOST, service.port)
    waiting = asyncio.create_task(asked.wait())
    await until_async(lambda: "away" in asked.last, "the no was heard")
    assert not waiting.done()
    service.answer = b"HTTP/1.1 200 OK\r\n\r\n{}"
    async with asyncio.timeout(10):
        await waiting


async def test_one_that_does_not_answer_yet_is_asked_again() -> None:
    asked = Readiness("web", HOST, free_port(HOST))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await asked.wait()
    assert asked.last == "it does not answer yet"


async def test_too_late_is_told_with_the_last_that_was_heard(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    monkeypatch.setattr("windsock.command.up.launcher.READY_SECONDS", 0.3)
    service.answer = b'HTTP/1.1 503 No\r\n\r\n{"problems": {"broker": "away"}}'
    asked = Readiness("web", HOST, service.port)
    with pytest.raises(NotReady, match=r"web is not ready after 0 s: .*away"):
        await _in_time(asked.wait(), "web is not ready", asked)

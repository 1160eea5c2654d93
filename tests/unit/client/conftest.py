"""What the client's tests share: a stand-in server, and streams that leave no thread's trouble behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kit.fake_ingest import FakeIngest, Fate
from kit.waiting import until

from windsock.client import Stream
from windsock.client.lane import Lane

MakeStream = Callable[..., Stream]


@pytest.fixture
def server() -> Iterator[FakeIngest]:
    """A server on a port of its own, so that each test has a connection of its own."""
    with FakeIngest() as fake:
        yield fake


@pytest.fixture
def make_stream(server: FakeIngest) -> Iterator[MakeStream]:
    """Streams to the test's server. In the end it takes what is left, so that no thread goes on to look for it."""
    made: list[Stream] = []

    def make(*arguments: Any, **options: Any) -> Stream:
        made.append(Stream(*arguments, **({"server": server.url} | options)))
        return made[-1]

    yield make
    server.fate = lambda number, message: Fate.STORE
    server.key = None
    server.stop()
    server.start()
    for stream in made:
        assert stream.outbox.wait_settled(10), f"{stream} still holds {stream.stats}"
        lane = stream.outbox.lane
        if isinstance(lane, Lane):
            until(lambda lane=lane: lane.quiet, "what streams look like has come, too")

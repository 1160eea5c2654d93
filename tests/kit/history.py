"""What is in history, as tests compare it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import load_settings

__all__ = ["rows_of", "spec_of", "stored_values", "values_of"]


async def rows_of(broker: RedisBroker, stream: str) -> list[list[Any]]:
    """All rows of a stream."""
    history = await broker.read(stream)
    return [row for entry in history.entries for row in json.loads(b"[%b]" % entry.payload)]


async def values_of(broker: RedisBroker, stream: str) -> list[Any]:
    """The first value of each row."""
    return [row[1] for row in await rows_of(broker, stream)]


async def spec_of(broker: RedisBroker, stream: str) -> dict[str, Any]:
    """A stream's spec."""
    (spec,) = await broker.specs([stream])
    assert spec is not None, f"there is no stream {stream!r}"
    return spec.fields


def stored_values(url: str, stream: str) -> list[Any]:
    """The first value of each row, for tests that have no loop."""

    async def read() -> list[Any]:
        broker = RedisBroker(load_settings(redis_url=url), "test")
        try:
            return await values_of(broker, stream)
        finally:
            await broker.close()

    return asyncio.run(read())

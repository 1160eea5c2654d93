"""The TCP server that one writes first: asyncio streams, a pydantic model, a redis-py pipeline of 100 messages (each an XADD and a PUBLISH), uvloop.

argv: port, Redis URL.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop
from pydantic import BaseModel, Field
from redis.asyncio import Redis

PIPELINE = 100
KEPT = 1000


class Message(BaseModel):
    """The fields of a line stream."""

    id: int | str
    type: str = "line"
    value: float | list[float | None] | dict[str, float]
    name: str | None = None
    label: str | list[str] | None = None
    legend: list[str] | None = None
    unit: str | None = None
    active_points: int | None = None
    border_color: list[str] | None = Field(None, alias="borderColor")
    background_color: list[str] | None = Field(None, alias="backgroundColor")


async def main() -> None:
    """Serve until killed."""
    port, url = int(sys.argv[1]), sys.argv[2]
    broker: Any = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pipeline, waiting = broker.pipeline(transaction=False), 0
        async for line in reader:
            parsed = Message.model_validate_json(line)
            pipeline.xadd(f"peer:{parsed.id}", {"m": line}, maxlen=KEPT, approximate=True)
            pipeline.publish(f"peer:{parsed.id}:live", line)
            waiting += 1
            if waiting >= PIPELINE:
                await pipeline.execute()
                waiting = 0
        await pipeline.execute()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())

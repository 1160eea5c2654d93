"""The HTTP ingest that one writes first: a FastAPI route with a typed body, which adds the message to Redis before it answers.

Under uvicorn with uvloop and httptools. argv: port, Redis URL, or `none` to answer without storing anything.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field
from redis.asyncio import Redis

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


class Accepted(BaseModel):
    """The answer."""

    accepted: int


def create_app(url: str) -> FastAPI:
    """The application, with or without a broker behind it."""
    app = FastAPI()
    broker: Any = None if url == "none" else Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]

    @app.post("/v1/messages", status_code=202)
    async def post(message: Message) -> Accepted:  # pyright: ignore[reportUnusedFunction]
        if broker is not None:
            text = message.model_dump_json(by_alias=True, exclude_none=True)
            async with broker.pipeline(transaction=False) as pipeline:
                pipeline.xadd(f"peer:{message.id}", {"m": text}, maxlen=KEPT, approximate=True)
                pipeline.publish(f"peer:{message.id}:live", text)
                await pipeline.execute()
        return Accepted(accepted=1)

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(sys.argv[2]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )

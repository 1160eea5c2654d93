"""Feeds for other programs: the newest picture as a file, and pictures in a row as MJPEG."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse

from windsock.shared.errors import Code, WindsockError

if TYPE_CHECKING:
    from windsock.web.catalogue import Catalogue

    from .relay import Feeds

__all__ = ["add_feed_routes"]

NO_STORE: Final = {"cache-control": "no-store"}
FIRST_SECONDS: Final = 6.0
LOOK_SECONDS: Final = 0.05
BOUNDARY: Final = "windsock-frame"
MOST_MJPEG: Final = 32
"""MJPEG readers at a time: each costs a read of the broker a picture."""


def add_feed_routes(app: FastAPI, feeds: Feeds, catalogue: Catalogue) -> None:
    """Add the routes to the application."""
    readers: set[object] = set()

    def check(stream: str) -> None:
        known = catalogue.get(stream)
        if known is None or known.type != "video_stream":
            raise WindsockError(Code.NOT_FOUND, f"there is no feed {stream!r}")

    @app.get("/feeds/{stream:path}.jpg")
    async def snapshot(stream: str) -> Response:
        """A feed's newest picture; waits for the camera if none is kept."""
        check(stream)
        deadline = asyncio.get_running_loop().time() + FIRST_SECONDS
        while (frame := await feeds.newest(stream)) is None:
            if asyncio.get_running_loop().time() > deadline:
                raise WindsockError(Code.UNAVAILABLE, "the camera gave no picture yet")
            await asyncio.sleep(LOOK_SECONDS)
        return Response(frame.data, media_type="image/jpeg", headers=NO_STORE | {"x-windsock-time": str(frame.time)})

    @app.get("/feeds/{stream:path}.mjpeg")
    async def mjpeg(stream: str) -> Response:
        """A feed's pictures, as old players and `<img>` read them. Newest wins: what a reader does not take in time is skipped."""
        check(stream)
        if len(readers) >= MOST_MJPEG:
            raise WindsockError(Code.TOO_MANY_CONNECTIONS, f"{MOST_MJPEG} programs read MJPEG already")
        reader = object()

        async def pictures() -> AsyncGenerator[bytes]:
            readers.add(reader)
            last = (0, 0)
            try:
                while True:
                    frame = await feeds.newest(stream)
                    if frame is not None and (frame.epoch, frame.seq) != last:
                        last = frame.epoch, frame.seq
                        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame.data)}\r\n\r\n"
                        yield head.encode() + frame.data + b"\r\n"
                    await asyncio.sleep(LOOK_SECONDS)
            finally:
                readers.discard(reader)

        return StreamingResponse(
            pictures(), media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}", headers=NO_STORE
        )

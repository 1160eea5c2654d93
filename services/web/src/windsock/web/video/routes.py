"""Feeds over HTTP: pictures for other programs (the newest as a file, all in a row as MJPEG), and the list of cameras."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import Response
from typing_extensions import override

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.wire import Camera, FeedInfo, FeedList
from windsock.web.body import SMALL_BODY, described_body, read_body
from windsock.web.described import BODY_ERRORS

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from windsock.shared.broker import RedisBroker
    from windsock.web.catalogue import Catalogue
    from windsock.web.permission import Permission

    from .door import FeedDoor
    from .relay import Feeds

__all__ = ["add_camera_routes", "add_feed_routes"]

NO_STORE: Final = {"cache-control": "no-store"}
FIRST_SECONDS: Final = 6.0
STALLED_SECONDS: Final = 30.0
"""A reader of MJPEG that takes nothing for so long is let go of."""
BOUNDARY: Final = "windsock-frame"
MOST_READERS: Final = 32
"""Programs that read MJPEG, or wait for a snapshot, at a time: each of their connections carries a camera's pictures."""


class MjpegResponse(Response):
    """Pictures in a row, as old players and `<img>` read them. One is on its way, and the newest follows it: nothing is queued."""

    def __init__(self, pictures: AsyncGenerator[tuple[int, bytes]], places: Places) -> None:
        super().__init__(None, 200, NO_STORE, f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        del self.headers["content-length"]
        self._pictures = pictures
        self._places = places

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        async def stream() -> None:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for time, picture in self._pictures:
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nX-Windsock-Time: {time}\r\nContent-Length: {len(picture)}\r\n\r\n"
                body = {"type": "http.response.body", "body": head.encode() + picture + b"\r\n", "more_body": True}
                async with asyncio.timeout(STALLED_SECONDS):
                    await send(body)

        with self._places.taken():
            tasks = [asyncio.create_task(stream()), asyncio.create_task(gone())]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self._pictures.aclose()


class Places:
    """How many programs read at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = 0

    def check(self) -> None:
        """Raises WindsockError `too_many_connections`."""
        if self.count >= self._most:
            raise WindsockError(Code.TOO_MANY_CONNECTIONS, f"{self._most} programs read pictures already")

    def taken(self) -> Place:
        """One of them, while it is held."""
        return Place(self)


class Place:
    """A context manager."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def __enter__(self) -> None:
        self._places.count += 1

    def __exit__(self, *_: object) -> None:
        self._places.count -= 1


def add_feed_routes(app: FastAPI, feeds: Feeds, catalogue: Catalogue) -> None:
    """Add the pictures to the application."""
    places = Places(MOST_READERS)

    def check(stream: str) -> None:
        if not is_feed(catalogue, stream):
            raise WindsockError(Code.NOT_FOUND, f"there is no feed {stream!r}")
        places.check()

    @app.get("/feeds/{stream:path}.jpg")
    async def snapshot(stream: str) -> Response:
        """A feed's newest picture; waits for the camera if none is kept."""
        check(stream)
        pictures = feeds.pictures(stream)
        with places.taken():
            try:
                async with asyncio.timeout(FIRST_SECONDS):
                    time, picture = await anext(pictures)
            except TimeoutError:
                raise WindsockError(Code.UNAVAILABLE, "the camera gave no picture yet") from None
            finally:
                await pictures.aclose()
        return Response(picture, media_type="image/jpeg", headers=NO_STORE | {"x-windsock-time": str(time)})

    @app.get("/feeds/{stream:path}.mjpeg")
    async def mjpeg(stream: str) -> Response:
        """A feed's pictures, one after the other. What a reader does not take in time is skipped."""
        check(stream)
        return MjpegResponse(feeds.pictures(stream), places)


def add_camera_routes(
    app: FastAPI,
    permission: Permission,
    broker: RedisBroker,
    feeds: Feeds,
    catalogue: Catalogue,
    door: FeedDoor,
) -> None:
    """Add the list of cameras, and changes to it, to the application."""

    async def about(stream: str) -> FeedInfo:
        spec = catalogue.spec(stream)
        history, state = await asyncio.gather(broker.read(stream, 0, 1), feeds.store.state(stream))
        rows: list[Any] = codec.decode(b"[%b]" % history.entries[-1].payload) if history.entries else []
        return FeedInfo(
            id=stream,
            name=spec.get("name"),
            group=spec.get("group"),
            url=str(rows[-1][1]) if rows else "",
            state=state.state,
            since=state.since,
            code=state.code,
            why=state.why,
        )

    @app.get("/v1/feeds", response_model=FeedList)
    async def cameras() -> Response:
        """All cameras: where they are, without their passwords, and how they are."""
        found = [await about(stream) for stream in catalogue.ids() if is_feed(catalogue, stream)]
        return Response(FeedList(feeds=found).model_dump_json(exclude_none=True), 200, NO_STORE, "application/json")

    @app.put(
        "/v1/feeds/{stream:path}",
        status_code=204,
        responses=BODY_ERRORS,
        openapi_extra=described_body(Camera, {"url": "rtsp://192.0.2.7/stream1", "name": "Door"}),
    )
    async def add(request: Request, stream: str) -> Response:
        """Add a camera, or change it. Needs the publish key, if one is set."""
        permission.check(request, "adding a camera")
        camera = await read_body(request, Camera, "a camera", SMALL_BODY)
        known = catalogue.get(stream)
        if known is not None and known.type != "video_stream":
            raise WindsockError(Code.INVALID, f"there is a stream {stream!r} already, and it is no camera")
        await door.add(stream, camera)
        return Response(status_code=204, headers=NO_STORE)

    @app.delete("/v1/feeds/{stream:path}", status_code=204)
    async def remove(request: Request, stream: str) -> Response:
        """Remove a camera. Needs the publish key, if one is set."""
        permission.check(request, "removing a camera")
        if not is_feed(catalogue, stream) or not await broker.remove(stream):
            raise WindsockError(Code.NOT_FOUND, f"there is no camera {stream!r}")
        return Response(status_code=204, headers=NO_STORE)


def is_feed(catalogue: Catalogue, stream: str) -> bool:
    """Whether a stream is a camera."""
    known = catalogue.get(stream)
    return known is not None and known.type == "video_stream"

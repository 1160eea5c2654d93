"""The routes of reading back: a stream's samples as JSON, NDJSON or CSV, and the newest picture of an image stream."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Header, Query
from fastapi.responses import Response

from windsock.shared import codec
from windsock.shared.broker.port import Broker
from windsock.shared.errors import Code, WindsockError
from windsock.shared.settings import Settings
from windsock.shared.values import image_kind
from windsock.web.described import PICTURE, SAMPLES

from .answer import GrowingResponse
from .history import open_shelf
from .query import MEDIA, MOST_POINTS, MOST_ROWS, Form, Method, Question, read_when, wanted_form
from .thinning import LEAST_POINTS
from .written import Desk, written

__all__ = ["add_reading_routes"]

NO_CACHE: Final = "no-cache"
"""Kept by whoever likes, and asked for again each time: with the ETag that costs one look at the stream."""


def add_reading_routes(app: FastAPI, settings: Settings, broker: Broker) -> None:
    """Add the routes to the application."""
    desk = Desk(broker, settings.viewer_stall)

    @app.get("/v1/streams/{stream:path}/samples", responses=SAMPLES, response_class=Response)
    async def samples(
        stream: str,
        start: Annotated[str | None, Query(alias="from", max_length=64)] = None,
        end: Annotated[str | None, Query(alias="to", max_length=64)] = None,
        after: Annotated[int | None, Query(ge=0, lt=2**53)] = None,
        limit: Annotated[int | None, Query(ge=1, le=MOST_ROWS)] = None,
        max_points: Annotated[int | None, Query(ge=LEAST_POINTS, le=MOST_POINTS)] = None,
        method: Method = "minmax",
        named: Annotated[Form | None, Query(alias="format")] = None,
        accept: Annotated[str | None, Header()] = None,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Samples from history: the newest, those after an offset, or those of a range of time; thinned out to `max_points` if that is asked."""
        question = Question(after, limit, read_when("from", start), read_when("to", end), max_points, method)
        form = wanted_form(named, accept)
        shelf = await open_shelf(broker, stream)
        tag = f'"{shelf.spec.epoch}.{shelf.spec.offset}.{shelf.spec.version}.{form.value}"'
        headers = {"cache-control": NO_CACHE, "etag": tag, "vary": "accept"}
        if if_none_match is not None and tag in if_none_match:
            return Response(status_code=304, headers=headers)
        headers["content-type"] = MEDIA[form]
        if form is Form.CSV:
            headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(stream, safe='')}.csv"
        desk.enter()
        pieces = written(desk, shelf, question, form)
        return GrowingResponse(pieces, headers, desk.stall, desk.leave)

    @app.get("/v1/streams/{stream:path}/image", responses=PICTURE, response_class=Response)
    async def image(stream: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """The newest picture of an image stream, as its bytes."""
        shelf = await open_shelf(broker, stream)
        if shelf.type != "image":
            raise WindsockError(Code.NOT_FOUND, f"stream {stream!r} is of type {shelf.type}: it has no picture")
        tag = f'"{shelf.spec.epoch}.{shelf.spec.offset}"'
        headers = {"cache-control": NO_CACHE, "etag": tag}
        if if_none_match is not None and tag in if_none_match:
            return Response(status_code=304, headers=headers)
        history = await broker.read(stream, 0, 1)
        rows: list[list[Any]] = codec.decode(b"[%b]" % history.entries[-1].payload) if history.entries else []
        picture = picture_in(rows[-1][1]) if rows else None
        if picture is None:
            raise WindsockError(Code.NOT_FOUND, f"stream {stream!r} has no picture yet")
        tag = f'"{history.epoch}.{history.offset}"'
        headers = {"cache-control": NO_CACHE, "etag": tag, "x-windsock-time": str(rows[-1][0])}
        return Response(picture[1], media_type=picture[0], headers=headers)


def picture_in(value: object) -> tuple[str, bytes] | None:
    """A data URL's media type and bytes; None if it is no picture. What the bytes are is said by themselves, not by whoever sent them."""
    if not isinstance(value, str) or not value.startswith("data:image/"):
        return None
    try:
        data = base64.b64decode(value.partition(",")[2])
    except (binascii.Error, ValueError):
        return None
    kind = image_kind(data)
    return (f"image/{kind}", data) if kind is not None else None

"""What is not hot: raw pictures, and the description of everything at /openapi.json and, for people, at /docs.

FastAPI's own page there loads script from elsewhere; this one has none.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from starlette.exceptions import HTTPException

from windsock.shared import codec
from windsock.shared.apipage import PAGE_HEADERS, STYLE, api_page
from windsock.shared.errors import Code, WindsockError
from windsock.shared.values import image_kind

from .body import FORM
from .description import describe
from .exchange import Headers, error_answer, outcome_answer, read_body

if TYPE_CHECKING:
    from windsock.shared.settings import Settings

    from .desk import Desk
    from .exchange import Answer

__all__ = ["ADMITTED", "create_api"]

ADMITTED = "windsock.admitted"
"""In the scope: whether the caller showed the key."""


def create_api(settings: Settings, desk: Desk, version: str) -> FastAPI:
    """The FastAPI application behind the hot routes."""
    api = FastAPI(title="Windsock ingest", version=version, docs_url=None, redoc_url=None, openapi_url=None)

    @api.get("/")
    async def about() -> dict[str, str]:
        return {"service": "ingest-http", "messages": "POST /v1/messages", "description": "/openapi.json"}

    @api.get("/docs.css", include_in_schema=False)
    async def docs_style() -> Response:
        return Response(STYLE, media_type="text/css", headers={"cache-control": "no-cache"})

    @api.get("/docs")
    async def docs() -> Response:
        return Response(api_page(describe(version), "/openapi.json"), headers=PAGE_HEADERS)

    @api.get("/openapi.json")
    async def openapi() -> dict[str, Any]:
        return describe(version)

    @api.put("/v1/streams/{stream:path}/image")
    async def put_image(stream: str, request: Request, name: Annotated[str | None, Query()] = None) -> Response:
        desk.check_broker()
        headers = Headers(request.scope["headers"])
        media_type = headers.media_type
        if media_type not in {"", "application/octet-stream", FORM} and not media_type.startswith("image/"):
            raise WindsockError(Code.UNSUPPORTED_MEDIA, f"Content-Type: {media_type[:60]!r} is no picture")
        data = await read_body(request.receive, headers.content_length, settings.max_large_message, desk)
        try:
            message = _image_message(stream, name, data)
            outcome = await desk.take([message], trusted=bool(request.scope[ADMITTED]))
        finally:
            desk.let_go(len(data))
        return _response(outcome_answer(outcome))

    async def on_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, WindsockError)  # noqa: S101  # what it is registered for
        desk.refuse(error)
        return _response(error_answer(error))

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  # what it is registered for
        reason = f"there is no {request.method} {request.url.path[:120]} here; see /openapi.json"
        if request.method in {"GET", "DELETE"}:
            reason += f". The board, and all that is read, is at port {settings.web_port}"
        told = WindsockError(Code.NOT_FOUND, reason)
        return _response(error_answer(told, error.status_code))

    api.add_exception_handler(WindsockError, on_error)
    api.add_exception_handler(HTTPException, on_http_error)
    return api


def _image_message(stream: str, name: str | None, data: bytes) -> bytes:
    kind = image_kind(data)
    if kind is None:
        raise WindsockError(Code.UNSUPPORTED_MEDIA, "the body is no png, jpeg, webp or gif")
    message = {"id": stream, "type": "image", "value": f"data:image/{kind};base64,{base64.b64encode(data).decode()}"}
    return codec.encode(message | ({"name": name} if name else {}))


def _response(answer: Answer) -> Response:
    headers = {key.decode(): value.decode() for key, value in answer.headers}
    return Response(answer.body, answer.status, headers, answer.content_type.decode())

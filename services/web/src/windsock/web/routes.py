"""The web service's HTTP interface: streams as JSON, health, metrics."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from windsock.shared.apipage import PAGE_HEADERS, STYLE, api_page
from windsock.shared.broker.port import Broker
from windsock.shared.errors import HTTP_STATUS, Code, WindsockError
from windsock.shared.health import Health
from windsock.shared.settings import Settings

from .catalogue import Catalogue
from .described import STREAMS
from .permission import Permission
from .reading import add_reading_routes

__all__ = ["add_routes"]

NO_STORE = {"cache-control": "no-store"}


def add_routes(
    app: FastAPI, settings: Settings, broker: Broker, catalogue: Catalogue, health: Health, permission: Permission
) -> None:
    """Add the routes to the application."""
    life = secrets.token_hex(4)  # revisions are counted from each start

    @app.exception_handler(WindsockError)
    async def refused(_request: Request, error: WindsockError) -> JSONResponse:
        headers = {"retry-after": "1"} if error.retry else {}
        if error.code is Code.TOO_LARGE:
            headers["connection"] = "close"  # what is left of the body may never end
        status = 403 if error.code is Code.FORBIDDEN else HTTP_STATUS[error.code]
        return JSONResponse({"error": error.to_wire()}, status, headers=NO_STORE | headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        problem = error.errors()[0]
        text = f"{'.'.join(str(part) for part in problem['loc'][1:])}: {problem['msg']}"
        return JSONResponse(
            {"error": WindsockError(Code.INVALID, text).to_wire()}, HTTP_STATUS[Code.INVALID], headers=NO_STORE
        )

    @app.exception_handler(HTTPException)
    async def unheard_of(request: Request, error: HTTPException) -> JSONResponse:
        reason = f"there is no {request.method} {request.url.path[:120]} here"
        if request.method in {"POST", "PUT"}:
            reason += (
                f": this is the board; messages go to port {settings.http_port} over HTTP, {settings.tcp_port} over TCP"
            )
        told = WindsockError(Code.NOT_FOUND, reason)
        if error.status_code == HTTP_STATUS[Code.MALFORMED]:
            told = WindsockError(Code.MALFORMED, "the body is not JSON")
        return JSONResponse({"error": told.to_wire()}, error.status_code, headers=NO_STORE | dict(error.headers or {}))

    @app.get("/healthz", include_in_schema=False)
    @app.get("/readyz", include_in_schema=False)
    @app.get("/metrics", include_in_schema=False)
    async def about(request: Request) -> Response:
        answer = health.answer(request.url.path)
        if answer is None:
            raise WindsockError(Code.NOT_FOUND, "there is no such page")
        return Response(answer.body, answer.status, NO_STORE, answer.content_type)

    @app.get("/v1/streams", responses=STREAMS, response_class=Response)
    async def streams(if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """All streams and what they look like."""
        if not catalogue.ready:
            raise WindsockError(Code.UNAVAILABLE, "the catalogue was not read yet: the broker does not answer")
        tag = f'"{life}.{catalogue.revision}"'
        headers = {"cache-control": "no-cache", "etag": tag}
        if if_none_match is not None and tag in if_none_match:
            return Response(status_code=304, headers=headers)
        return Response(catalogue.body(), media_type="application/json", headers=headers)

    @app.get("/v1/docs.css", include_in_schema=False)
    async def docs_style() -> Response:
        return Response(STYLE, media_type="text/css", headers={"cache-control": "no-cache"})

    @app.get("/v1/docs", include_in_schema=False)
    async def docs() -> Response:
        return Response(api_page(app.openapi(), "/v1/openapi.json"), headers=PAGE_HEADERS)

    add_reading_routes(app, settings, broker)

    @app.delete("/v1/streams/{stream:path}", status_code=204)
    async def remove(request: Request, stream: str) -> Response:
        """Remove a stream and its history for everybody. Needs the publish key, if one is set."""
        permission.check(request, "removing a stream")
        if not await broker.remove(stream):
            raise WindsockError(Code.NOT_FOUND, f"there is no stream {stream!r}")
        return Response(status_code=204, headers=NO_STORE)

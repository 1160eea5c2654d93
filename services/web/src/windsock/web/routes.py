"""The web service's HTTP interface: streams as JSON, health, metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from windsock.shared import codec
from windsock.shared.broker.port import Broker, Entry
from windsock.shared.errors import HTTP_STATUS, Code, WindsockError
from windsock.shared.health import Health
from windsock.shared.settings import Settings

from .catalogue import Catalogue
from .guard import OriginCheck
from .packet import quoted

__all__ = ["add_routes", "cut_rows"]

NO_STORE = {"cache-control": "no-store"}
MOST_ROWS = 10_000


def add_routes(
    app: FastAPI, settings: Settings, broker: Broker, catalogue: Catalogue, health: Health, origins: OriginCheck
) -> None:
    """Add the routes to the application."""

    @app.exception_handler(WindsockError)
    async def refused(_request: Request, error: WindsockError) -> JSONResponse:
        headers = {"retry-after": "1"} if error.retry else {}
        status = 403 if error.code is Code.FORBIDDEN else HTTP_STATUS[error.code]
        return JSONResponse({"error": error.to_wire()}, status, headers=NO_STORE | headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        problem = error.errors()[0]
        text = f"{'.'.join(str(part) for part in problem['loc'][1:])}: {problem['msg']}"
        return JSONResponse(
            {"error": WindsockError(Code.INVALID, text).to_wire()}, HTTP_STATUS[Code.INVALID], headers=NO_STORE
        )

    @app.get("/healthz", include_in_schema=False)
    @app.get("/readyz", include_in_schema=False)
    @app.get("/metrics", include_in_schema=False)
    async def about(request: Request) -> Response:
        answer = health.answer(request.url.path)
        if answer is None:
            raise WindsockError(Code.NOT_FOUND, "there is no such page")
        return Response(answer.body, answer.status, NO_STORE, answer.content_type)

    @app.get("/v1/streams")
    async def streams() -> Response:
        """All streams and what they look like."""
        if not catalogue.ready:
            raise WindsockError(Code.UNAVAILABLE, "the catalogue was not read yet: the broker does not answer")
        return Response(catalogue.body(), media_type="application/json", headers=NO_STORE)

    @app.get("/v1/streams/{stream:path}/samples")
    async def samples(
        stream: str,
        after: Annotated[int | None, Query(ge=0, lt=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 1000,
    ) -> Response:
        """Samples from history: the newest, or those after an offset."""
        history = await broker.read(stream, after or 0, limit if after is None else None)
        if not history.epoch:
            raise WindsockError(Code.NOT_FOUND, f"there is no stream {stream!r}")
        first, last, rows = cut_rows(history.entries, after, limit)
        if first is None:
            first, last = history.offset + 1, history.offset
        body = b'{"id":%b,"epoch":%b,"first":%d,"offset":%d,"rows":[%b]}' % (
            quoted(stream),
            quoted(history.epoch),
            first,
            last,
            rows,
        )
        return Response(body, media_type="application/json", headers=NO_STORE)

    @app.delete("/v1/streams/{stream:path}", status_code=204)
    async def remove(request: Request, stream: str, authorization: Annotated[str | None, Header()] = None) -> Response:
        """Remove a stream and its history for everybody. Needs the publish key, if one is set."""
        # A page of somebody else's must not do it through a visitor's browser.
        if not origins.of_scope(request.scope):
            raise WindsockError(Code.FORBIDDEN, "pages of this origin may not remove streams (WINDSOCK_CORS_ORIGINS)")
        scheme, _, shown = (authorization or "").partition(" ")
        if not settings.key_fits(shown.strip() if scheme.lower() == "bearer" else None):
            raise WindsockError(Code.UNAUTHORIZED, "removing a stream needs the publish key, as Authorization: Bearer")
        if not await broker.remove(stream):
            raise WindsockError(Code.NOT_FOUND, f"there is no stream {stream!r}")
        return Response(status_code=204, headers=NO_STORE)


def cut_rows(entries: list[Entry], after: int | None, limit: int) -> tuple[int | None, int, bytes]:
    """Rows of some batches as JSON text: the first `limit` after an offset, or the newest `limit`. With the offsets of the first and the last of them.

    Only a batch that is cut through is taken apart.
    """
    total = sum(entry.count for entry in entries)
    if not total:
        return None, 0, b""
    start = entries[0].offset - entries[0].count + 1
    first = max(start, after + 1) if after is not None else start + max(0, total - limit)
    last = min(entries[-1].offset, first + limit - 1)
    parts: list[bytes] = []
    for entry in entries:
        begin = entry.offset - entry.count + 1
        if entry.offset < first or begin > last:
            continue
        if begin >= first and entry.offset <= last:
            parts.append(entry.payload)
            continue
        rows = codec.decode(b"[%b]" % entry.payload)[max(0, first - begin) : last - begin + 1]
        parts.append(codec.encode(rows)[1:-1])
    return first, last, b",".join(parts)

"""Alerts over HTTP: what is wrong, and the rules that people set."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.wire import AlertRule, Alerts
from windsock.web.body import SMALL_BODY, described_body, read_body
from windsock.web.described import BODY_ERRORS
from windsock.web.permission import Permission

from .book import Book
from .store import AlertStore

__all__ = ["add_alert_routes"]

NO_STORE = {"cache-control": "no-store"}


def add_alert_routes(
    app: FastAPI,
    permission: Permission,
    store: AlertStore,
    book: Book,
    exists: Callable[[str], bool],
) -> None:
    """Add the routes to the application."""

    @app.get("/v1/alerts", response_model=Alerts)
    async def alerts() -> Response:
        """What is wrong now, and what was lately."""
        return Response(book.alerts.model_dump_json(exclude_none=True), 200, NO_STORE, "application/json")

    @app.get("/v1/alerts/rules", response_model=dict[str, AlertRule])
    async def rules() -> Response:
        """All rules, by stream. Thresholds of a stream's spec are not among them: they need none."""
        found = {stream: rule.model_dump(exclude_none=True) for stream, rule in (await store.rules()).items()}
        return Response(codec.encode(found), 200, NO_STORE, "application/json")

    @app.put(
        "/v1/alerts/rules/{stream:path}",
        response_model=AlertRule,
        responses=BODY_ERRORS,
        openapi_extra=described_body(AlertRule, {"above": 90, "hold": 10}),
    )
    async def set_rule(request: Request, stream: str) -> Response:
        """Set when a stream raises an alert. Needs the publish key, if one is set."""
        permission.check(request, "setting a rule")
        rule = await read_body(request, AlertRule, "a rule", SMALL_BODY)
        if rule.above is None and rule.below is None and rule.silent is None:
            raise WindsockError(Code.INVALID, "a rule says above, below or silent")
        if rule.above is not None and rule.below is not None and rule.below >= rule.above:
            raise WindsockError(Code.INVALID, "below has to be less than above, or every value would be wrong")
        if not exists(stream):
            raise WindsockError(Code.NOT_FOUND, f"there is no stream {stream!r}")
        await store.set_rule(stream, rule)
        return Response(rule.model_dump_json(exclude_none=True), 200, NO_STORE, "application/json")

    @app.delete("/v1/alerts/rules/{stream:path}", status_code=204)
    async def remove_rule(request: Request, stream: str) -> Response:
        """Forget a stream's rule. Needs the publish key, if one is set."""
        permission.check(request, "removing a rule")
        if not await store.remove_rule(stream):
            raise WindsockError(Code.NOT_FOUND, f"there is no rule for {stream!r}")
        return Response(status_code=204, headers=NO_STORE)

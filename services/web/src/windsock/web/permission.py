"""Who may change something for everybody: whoever shows the publish key, if one is set, and no page of somebody else's through a visitor's browser."""

from __future__ import annotations

from starlette.requests import Request

from windsock.shared.errors import Code, WindsockError
from windsock.shared.settings import Settings

from .origins import OriginCheck

__all__ = ["Permission"]


class Permission:
    """Asked by each route that changes something."""

    def __init__(self, settings: Settings, origins: OriginCheck) -> None:
        self._settings = settings
        self._origins = origins

    def check(self, request: Request, what: str) -> None:
        """Return if the request may do `what` ("removing a stream").

        Raises:
            WindsockError: `forbidden` or `unauthorized`.
        """
        if not self._origins.of_scope(request.scope):
            raise WindsockError(Code.FORBIDDEN, f"{what} is not for pages of this origin (WINDSOCK_CORS_ORIGINS)")
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if not self._settings.key_fits(shown.strip() if scheme.lower() == "bearer" else None):
            raise WindsockError(Code.UNAUTHORIZED, f"{what} needs the publish key, as Authorization: Bearer")

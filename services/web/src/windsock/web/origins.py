"""Which pages may talk to us: told by the Origin that a browser names, and that no page can choose."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from windsock.shared.settings import Settings

__all__ = ["OriginCheck", "Scope", "header"]

Scope = MutableMapping[str, Any]


def header(scope: Scope, name: bytes) -> str | None:
    """A request's header; None if there is none."""
    for key, value in scope["headers"]:
        if key.lower() == name:
            return value.decode("latin-1")
    return None


class OriginCheck:
    """Our own pages may, and those of the origins that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._others: Final = frozenset(origin.rstrip("/").lower() for origin in settings.cors_origins)

    def allowed(self, origin: str | None, host: str | None) -> bool:
        """Whether a request may come from there. Without an origin it comes from no page."""
        if origin is None:
            return True
        # A proxy in front may speak TLS: so only the host is compared, which a page of somebody else's can't choose.
        own = host is not None and urlsplit(origin.lower()).netloc == host.strip().lower()
        return own or origin.rstrip("/").lower() in self._others or "*" in self._others

    def of_environ(self, origin: str | None, environ: MutableMapping[str, Any]) -> bool:
        """The same, as python-socketio asks."""
        return self.allowed(origin, environ.get("HTTP_HOST"))

    def of_scope(self, scope: Scope) -> bool:
        """The same, for a request."""
        return self.allowed(header(scope, b"origin"), header(scope, b"host"))

    def shown_to(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Headers that let a page of another origin read the answer, if it may."""
        origin = header(scope, b"origin")
        if origin is None or not self.of_scope(scope):
            return []
        return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]

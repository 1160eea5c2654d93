"""Who may publish over HTTP: whoever shows the key, or, where none is set, whoever is no strange web page.

A web page of anybody's can make a visitor's browser send requests to the visitor's own machine. Without a key that would be enough to publish. Browsers say
which page a request comes from (`Origin`, with every POST and PUT), so a page that is not ours is refused unless the settings allow it. A page can also point
its own name at this machine after it was loaded (DNS rebinding) and so pass for ours: then it shows in the name by which it calls us (`Host`).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from windsock.shared.errors import Code, WindsockError
from windsock.shared.settings import is_loopback

if TYPE_CHECKING:
    from windsock.shared.settings import Settings

__all__ = ["Caller", "Gate"]

_ANY: Final = "*"
REMEMBERED: Final = 256
"""Pairs of page and name that were found to be fine; to look at them again costs 10 µs."""


class Caller(NamedTuple):
    """What a request's headers say of who sent it."""

    authorization: str | None
    origin: str | None
    host: str | None


class Gate:
    """The rules, under one set of settings."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.publish_key.get_secret_value().encode() if settings.publish_key else None
        self._origins: Final = frozenset(origin.rstrip("/").lower() for origin in settings.cors_origins)
        self._web_port: Final = settings.web_port
        self._loopback_only: Final = is_loopback(settings.reach)
        self._addresses_known: Final = not self._loopback_only or settings.reached_at is not None
        self._fine: set[tuple[str | None, str | None]] = set()
        self._names: Final = frozenset(name.lower().strip("[]") for name in (settings.bind, *settings.allowed_hosts))

    def admit(self, caller: Caller) -> bool:
        """Whether the caller showed the key, or need not; False: each of its messages must.

        Raises:
            WindsockError: `unauthorized` or `forbidden`.
        """
        if self._key is None:
            page = (caller.origin, caller.host)
            if page not in self._fine:
                if caller.origin is not None or self._loopback_only:
                    self._check_page(caller)
                if len(self._fine) < REMEMBERED:
                    self._fine.add(page)
            return True
        if caller.authorization is None:
            return False
        scheme, _, shown = caller.authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise WindsockError(Code.UNAUTHORIZED, "Authorization: the publish key is sent as a Bearer token")
        if not hmac.compare_digest(shown.strip().encode("utf-8", "surrogateescape"), self._key):
            raise WindsockError(Code.UNAUTHORIZED, "Authorization: the publish key is wrong")
        return True

    def _check_page(self, caller: Caller) -> None:
        if caller.host is not None and not self._known_name(_name_of(f"//{caller.host}")):
            raise WindsockError(
                Code.FORBIDDEN,
                f"this service is not known as {caller.host[:60]!r}; call it localhost, or set WINDSOCK_ALLOWED_HOSTS",
            )
        if caller.origin is not None and not self.allows(caller):
            raise WindsockError(
                Code.FORBIDDEN, f"pages of {caller.origin[:60]!r} may not publish here (WINDSOCK_CORS_ORIGINS)"
            )

    def allows(self, caller: Caller) -> bool:
        """Whether the page that a request comes from may see the answer: ours, the board's, or one that the settings allow."""
        origin = caller.origin
        if origin is None:
            return False
        if _ANY in self._origins or origin.lower() in self._origins:
            return True
        if caller.host is None or not self._known_name(_name_of(f"//{caller.host}")):
            return False
        page, here = urlsplit(origin.lower()), urlsplit(f"//{caller.host.lower()}")
        return page.scheme in {"http", "https"} and (
            page.netloc == here.netloc or (page.hostname == here.hostname and _port_of(origin) == self._web_port)
        )

    def _known_name(self, name: str) -> bool:
        """Whether a name can only mean this machine, or one that its owner named."""
        if name in self._names or is_loopback(name) or name.endswith(".localhost"):
            return True
        # Behind an address of its own, a service has names that it can't know. A strange page has one with a dot in it, and never an address.
        return (self._addresses_known and _is_address(name)) or (not self._loopback_only and "." not in name)


def _name_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _port_of(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdecimal()

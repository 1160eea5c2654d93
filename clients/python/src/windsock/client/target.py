"""Where samples go: one URL, from an argument or the environment, and the key.

The ports' own variables are those of the services, so a program started next to a moved stack finds it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from windsock.client.address import MOST_PORT, host_and_port, is_header

if TYPE_CHECKING:
    from windsock.client.redis_url import RedisUrl

__all__ = ["KEY_VARIABLE", "SERVER_VARIABLE", "Target", "find_target"]

SERVER_VARIABLE: Final = "WINDSOCK_SERVER"
KEY_VARIABLE: Final = "WINDSOCK_KEY"

_HTTP_PORTS: Final = {"http": 8030, "https": 443}
_REDIS: Final = frozenset({
    "redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"
})  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One server, as one way in of it. Streams with equal targets share their connection."""

    scheme: str
    host: str
    port: int
    large_port: int
    """Where messages over the small way's limit go; of HTTP the same port."""
    path: str = ""
    """Of HTTP: what stands before `/v1/messages`, for a server behind a proxy."""
    key: str | None = field(default=None, repr=False)
    redis: RedisUrl | None = None
    """If messages go to Redis itself. It has a login of its own, since it knows nothing of the publish key."""

    @property
    def is_redis(self) -> bool:
        """Whether messages go to Redis itself."""
        return self.redis is not None

    @property
    def url(self) -> str:
        """For people and logs: without the key and the password."""
        if self.redis is not None:
            return str(self.redis)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def find_target(server: str | None = None, key: str | None = None) -> Target:
    """The target that the arguments name, else the environment, else this machine.

    Raises:
        ValueError: the URL can't be used, or the key not there; the message says why.
    """
    env = os.environ
    url = (server or env.get(SERVER_VARIABLE) or "").strip() or "tcp://127.0.0.1"
    key = key or env.get(KEY_VARIABLE) or env.get("WINDSOCK_PUBLISH_KEY") or None
    url = url if "://" in url else f"tcp://{url}"
    scheme = url.partition("://")[0].lower()
    if scheme not in {"tcp", *_HTTP_PORTS, *_REDIS}:
        raise ValueError(
            f"{_shown(url)!r} is no server: it should be like tcp://host:8010, http://host:8030 or redis://host:6379"
        )
    try:
        if scheme in _REDIS:
            return _redis_target(url)
        host, port = host_and_port(url)
        parts = urlsplit(url)
        large = parse_qs(parts.query).get("large", [None])[-1]
        large_port = _large_port(large) if large else None
    except ValueError as error:
        raise ValueError(f"{_shown(url)!r} is no server: {error}") from None
    if scheme == "tcp":
        small = port or _port("WINDSOCK_TCP_PORT", 8010)
        # A server whose message port was moved by hand usually had its ports moved together.
        moved = (
            small + 10 if port and port != _port("WINDSOCK_TCP_PORT", 8010) else _port("WINDSOCK_TCP_LARGE_PORT", 8020)
        )
        return Target(scheme, host, small, large_port or moved, key=key)
    if key is not None and not is_header(key):
        raise ValueError(f"{KEY_VARIABLE}: the key has characters that no HTTP header can have")
    standard = _port("WINDSOCK_HTTP_PORT", _HTTP_PORTS["http"]) if scheme == "http" else _HTTP_PORTS["https"]
    port = port or standard
    return Target(scheme, host, port, port, path=parts.path.rstrip("/"), key=key)


def _large_port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) <= MOST_PORT:
        raise ValueError(f"its large={text!r} is no port")
    return int(text)


def _redis_target(url: str) -> Target:
    from windsock.client.redis_url import read_redis_url  # noqa: PLC0415  # for those who send there

    redis = read_redis_url(url)
    # The first of several stands for all: the board is looked for next to it.
    host, port = redis.seeds[0] if redis.seeds else ("", 0)
    return Target(urlsplit(url).scheme.lower(), host, port, port, redis=redis)


def _shown(url: str) -> str:
    """A URL for a message: without its password, which may end in a log."""
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _port(variable: str, standard: int) -> int:
    """A port from the environment; 0 means "any free one" to the services, and says nothing here."""
    try:
        return int(os.environ.get(variable, "")) or standard
    except ValueError:
        return standard

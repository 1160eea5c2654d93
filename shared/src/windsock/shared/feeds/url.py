"""Which camera URLs are taken at all. Where they lead is checked again by the video worker, at each connect: a name may change its address in between.

What a URL says of user and password stays in here: no error, log or repr of a `FeedUrl` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from windsock.shared.errors import Code, WindsockError

if TYPE_CHECKING:
    from windsock.shared.settings import Settings

__all__ = ["FeedUrl", "read_feed_url"]

PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443, "test": 0}


@dataclass(frozen=True, slots=True, repr=False)
class FeedUrl:
    """A camera's URL, taken apart."""

    scheme: str
    host: str
    port: int
    path: str
    """With its query; begins with `/`, or is empty."""
    user: str
    password: str

    @property
    def place(self) -> str:
        """Host and port, as they stand in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def bare(self) -> str:
        """The URL without user and password: what is sent to the camera in requests."""
        return f"{self.scheme}://{self.place}{self.path}"

    def __repr__(self) -> str:
        return f"FeedUrl({self.scheme}://{self.place})"


def read_feed_url(url: str, settings: Settings) -> FeedUrl:
    """Take a camera's URL apart, if it is of a kind that may be opened.

    Raises:
        WindsockError: `forbidden` for another scheme, `invalid` for what is no URL; neither shows more of it than its scheme.
    """
    if any(ord(char) < 33 for char in url):
        raise WindsockError(Code.INVALID, "value: a camera's URL has no white space in it")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise WindsockError(
            Code.INVALID, "value: this is not a camera's URL, as rtsp://192.168.0.25:554/live"
        ) from None
    scheme = parts.scheme
    allowed = {"rtsp", "rtsps"}
    if settings.video_http:
        allowed |= {"http", "https"}
    if settings.video_test_feeds:
        allowed.add("test")
    if scheme not in allowed:
        named = f"{scheme[:16]}:" if scheme else "a path"
        raise WindsockError(
            Code.FORBIDDEN, f"value: a camera's URL begins with {' or '.join(sorted(allowed))}; {named} is not opened"
        )
    if not host or not url[len(scheme) :].startswith("://"):
        raise WindsockError(Code.INVALID, "value: a camera's URL names a host, as rtsp://192.168.0.25:554/live")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isprintable() or '"' in user:
        raise WindsockError(
            Code.INVALID, "value: a camera's user name and password have no quotes and no control characters"
        )
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return FeedUrl(
        scheme,
        host,
        PORTS[scheme] if port is None else port,
        path,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )

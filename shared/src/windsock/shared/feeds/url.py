"""Which cameras' URLs are taken at all. Where they lead is checked again by the video worker, at each connect: a name may change its address in between.

What a URL says of user and password stays in here: no error, log or repr of a `FeedUrl` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from windsock.shared.errors import Code, WindsockError

if TYPE_CHECKING:
    from windsock.shared.settings import Settings

__all__ = ["FeedUrl", "read_feed_url"]

PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443, "test": 0, "webcam": 0, "file": 0}


@dataclass(frozen=True, slots=True, repr=False)
class FeedUrl:
    """A camera's URL, taken apart."""

    scheme: str
    host: str
    """Of a webcam its number; of files nothing."""
    port: int
    path: str
    """With its query; begins with `/`, or is empty. Of files: below the folder that the settings open."""
    user: str = ""
    password: str = ""

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
    allowed = _allowed(settings)
    if scheme not in allowed:
        named = f"{scheme[:16]}:" if scheme else "a path"
        raise WindsockError(
            Code.FORBIDDEN, f"value: a camera's URL begins with {' or '.join(sorted(allowed))}; {named} is not opened"
        )
    if scheme in {"webcam", "file"}:
        return _own(scheme, url.partition(":")[2])
    if not host or not url[len(scheme) :].startswith("://"):
        raise WindsockError(Code.INVALID, "value: a camera's URL names a host, as rtsp://192.168.0.25:554/live")
    if parts.username is None and "@" in f"{parts.path}{parts.query}{parts.fragment}":
        # urlsplit ends the host at the first of them, and would show the rest of the password as a path.
        raise WindsockError(
            Code.INVALID, "value: / ? and # in a camera's user name or password are written %2F, %3F and %23"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isprintable() or '"' in user:
        raise WindsockError(
            Code.INVALID, "value: a camera's user name and password have no quotes and no control characters"
        )
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return FeedUrl(scheme, host, PORTS[scheme] if port is None else port, path, user, password)


def _allowed(settings: Settings) -> set[str]:
    allowed = {"rtsp", "rtsps"}
    if settings.video_http:
        allowed |= {"http", "https"}
    if settings.video_test_feeds:
        allowed.add("test")
    if settings.video_webcams:
        allowed.add("webcam")
    if settings.video_folder is not None:
        allowed.add("file")
    return allowed


def _own(scheme: str, rest: str) -> FeedUrl:
    """This machine's own: a camera by its number, or files below the folder that is opened."""
    if scheme == "webcam":
        if not (rest.isascii() and rest.isdecimal() and len(rest) <= 2):
            raise WindsockError(Code.INVALID, "value: a camera of this machine is a number, as 0 or webcam:0")
        return FeedUrl(scheme, rest, 0, "")
    path = PurePosixPath(rest)
    if not rest or path.is_absolute() or ".." in path.parts or "\\" in rest:
        raise WindsockError(
            Code.FORBIDDEN,
            "value: a file is named from WINDSOCK_VIDEO_FOLDER on, as file:yard.mp4 or file:frames/%04d.jpg",
        )
    return FeedUrl(scheme, "", 0, rest)

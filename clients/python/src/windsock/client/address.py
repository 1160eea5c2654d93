"""What a URL leads to, looked at before anybody connects: what a socket or an HTTP library would stumble over later is told here in a sentence."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

__all__ = ["MOST_PORT", "board_url", "host_and_port", "is_header"]

MOST_PORT: Final = 65535
MOST_LABEL: Final = 63
"""Characters between two dots, by the rules of names on the Internet."""


def host_and_port(url: str) -> tuple[str, int | None]:
    """Who a URL leads to; no port if it names none.

    Raises:
        ValueError: nobody can be found by it. The message says why, and leaves it to the caller to say what was meant: the URL may have a password.
    """
    if not url.isprintable() or " " in url:
        raise ValueError("it has white space in it")
    parts = urlsplit(url)
    host = parts.hostname
    if not host:
        raise ValueError("it names no host")
    if not _is_name(host):
        raise ValueError(f"{host!r} is no name of a host")
    if not parts.path.isascii():
        raise ValueError(f"its path, {parts.path!r}, has other letters than HTTP takes: write them as %C3%A9")
    try:
        return host, parts.port
    except ValueError:
        raise ValueError(
            f"{parts.netloc.rpartition(':')[2]!r} is no port: that is a number up to {MOST_PORT}"
        ) from None


def board_url(url: str) -> str:
    """A board's address, as people type or copy it, in the form that its pages' addresses begin with: no slash at the end.

    Raises:
        ValueError: it is none; the message says why.
    """
    url = url.strip()
    usual = "it should be like http://host:8000"
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is no board: {usual}")
    try:
        host_and_port(url)
    except ValueError as error:
        raise ValueError(f"{url!r} is no board: {error}; {usual}") from None
    return urlsplit(url)._replace(query="", fragment="").geturl().rstrip("/")


def is_header(text: str) -> bool:
    """Whether it may stand in a header of HTTP, as a key does."""
    return text.isprintable() and all(ord(letter) < 256 for letter in text)


def _is_name(host: str) -> bool:
    if ":" in host:
        return True  # IPv6: the brackets were checked with the URL
    try:
        # The codec is asked only where it is needed: it costs milliseconds to import, and most names are ASCII.
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return False
    return all(0 < len(label) <= MOST_LABEL for label in name.removesuffix(".").split("."))

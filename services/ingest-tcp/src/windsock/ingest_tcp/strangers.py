"""Who knocks at the wrong port is told which one is right, in the language that it speaks.

It is more than a courtesy. A web page of anybody's can make a visitor's browser send an HTTP request to any port of the visitor's own machine, and
what is in its body looks like a message. So a connection that begins as HTTP is answered as HTTP and closed, and nothing that follows is taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from windsock.shared.errors import Code, WindsockError
from windsock.shared.plainhttp import bad_request

if TYPE_CHECKING:
    from windsock.shared.settings import Settings

__all__ = ["ENOUGH", "Stranger", "recognise"]

ENOUGH: Final = 4
"""Bytes of a beginning that tell."""
_HTTP: Final = re.compile(rb"(?:GET |HEAD|POST|PUT |PATC|DELE|OPTI|TRAC|CONN|PRI )")
"""The methods' beginnings."""
_TLS: Final = b"\x16\x03"
_TEXT: Final = (b"{", b"[", b'"', b" ", b"\t", b"\r", b"\n")


class Stranger(NamedTuple):
    """One that is at the wrong port."""

    error: WindsockError
    last_word: bytes | None
    """What it is told, in place of an error line."""


def recognise(head: bytes, settings: Settings, *, large: bool) -> Stranger | None:
    """Who a connection that begins with these bytes is from; None if it may well be a publisher. `large`: on the port where lengths stand before messages."""
    if _HTTP.match(head):
        return _stranger(
            f"this port takes messages over TCP and speaks no HTTP: HTTP is at port {settings.http_port}", http=True
        )
    if head.startswith(_TLS):
        return _stranger("this port speaks no TLS: send as it is, or to a gateway that speaks TLS")
    if large and head[:1] in _TEXT and int.from_bytes(head[:ENOUGH], "big") > settings.max_large_message:
        return _stranger(
            "this port takes each message with 4 bytes of its length (big-endian) in front, and this looks like text without them:"
            f" JSON as it is goes to port {settings.tcp_port}"
        )
    return None


def _stranger(reason: str, *, http: bool = False) -> Stranger:
    error = WindsockError(Code.MALFORMED, reason)
    return Stranger(error, bad_request(error) if http else None)

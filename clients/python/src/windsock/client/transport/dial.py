"""Opens a connection, in a way that is safe while the program forks."""

from __future__ import annotations

import contextlib
import socket
from typing import Final, cast

from windsock.client.transport import Lost

__all__ = ["CONNECT_SECONDS", "NO_ADDRESS", "broke", "dial", "dial_path", "reason"]

CONNECT_SECONDS: Final = 5.0
NO_ADDRESS: Final = (UnicodeError, OverflowError)
"""What a socket raises, beside OSError, for names and ports that can't be. Redis and its sentinels name hosts, too: not all are checked before."""


def dial(host: str, port: int, seconds: float = CONNECT_SECONDS) -> socket.socket:
    """A connection that does not wait for more to send.

    Raises:
        Lost: nobody answers.
    """
    try:
        # As bytes: for a str Python imports a codec, which must not happen in this thread while the program may fork (the child would have half of it).
        name = cast("str", host.encode("ascii" if host.isascii() else "idna"))
        connection = socket.create_connection((name, port), seconds)
    except (OSError, *NO_ADDRESS) as error:
        raise Lost(f"nothing answers at {host}:{port}: {reason(error)}") from None
    with contextlib.suppress(OSError):  # a gain, no need
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return connection


def dial_path(path: str) -> socket.socket:
    """A connection to a socket in the file system.

    Raises:
        Lost: nobody answers.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(CONNECT_SECONDS)
        connection.connect(path)
    except OSError as error:
        connection.close()
        raise Lost(f"nothing answers at {path}: {reason(error)}") from None
    return connection


def reason(error: Exception) -> str:
    """An error of a connection, for a person."""
    if getattr(error, "reason", None) == "WRONG_VERSION_NUMBER":  # of ssl.SSLError; its own words speak of versions
        return "it speaks no TLS: perhaps http:// is meant, and not https://"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def broke(error: OSError) -> str:
    """The same of a connection that was there."""
    return f"the connection broke: {reason(error)}"

"""Every way into Windsock, used as programs in the field use it: most of the demo goes by the client, the rest shows that a socket is enough."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pickle
import socket
import struct
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

from windsock.client.target import find_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis

    from windsock.command.place import Place

__all__ = ["Message", "Post", "Way", "open_posts"]

Message = dict[str, Any]
SECONDS: Final = 2.0
"""Nothing here may hang: a server that takes nothing for this long gets the next message instead."""


class Way(Enum):
    """How an exhibit's messages travel."""

    CLIENT = "windsock.client"
    BARE_SOCKET = "a bare socket"
    LARGE = "pickled text with its length"
    HTTP = "an HTTP POST"
    PUBLISH = "Redis PUBLISH"
    INBOX = "the Redis inbox"


class Post(Protocol):
    """Sends messages by one way. Raises OSError when it can't; the next message is another try."""

    def __call__(self, message: Message) -> None:
        """Send one."""
        ...


class SocketPost:
    """Objects with nothing between them, and never a look at what comes back."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def __call__(self, message: Message) -> None:
        """Send one."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, SECONDS)
            self._socket.sendall(self._pack(message))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _pack(self, message: Message) -> bytes:
        return json.dumps(message).encode()


class LargePost(SocketPost):
    """A length, then the JSON text, pickled: what older programs send pictures as."""

    def _pack(self, message: Message) -> bytes:
        data = pickle.dumps(json.dumps(message), 0)
        return struct.pack(">L", len(data)) + data


class HttpPost:
    """A POST to `/`, the key in the body."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=SECONDS)

    def __call__(self, message: Message) -> None:
        """Send one."""
        headers = {"Content-type": "application/json", "Accept": "text/plain"}
        try:
            self._connection.request("POST", "/", json.dumps(message), headers)
            self._connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise OSError(str(error)) from error


class RedisPost:
    """PUBLISH to the stream's channel, or XADD to the inbox."""

    def __init__(self, url: str, prefix: str, *, inbox: bool) -> None:
        from redis import Redis

        self._redis: Redis = Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)  # pyright: ignore[reportUnknownMemberType]
        self._prefix = prefix
        self._inbox = inbox

    def __call__(self, message: Message) -> None:
        """Send one."""
        from redis.exceptions import RedisError

        text = json.dumps(message)
        try:
            if self._inbox:
                self._redis.xadd(f"{self._prefix}:inbox", {"m": text})
            else:
                self._redis.publish(f"{self._prefix}:in:{message['id']}", text)  # pyright: ignore[reportUnknownMemberType]
        except RedisError as error:
            raise OSError(str(error)) from error

    def ping(self) -> None:
        """Raises OSError if nobody answers."""
        from redis.exceptions import RedisError

        try:
            self._redis.ping()  # pyright: ignore[reportUnknownMemberType]
        except RedisError as error:
            raise OSError(str(error)) from error


def open_posts(place: Place) -> dict[Way, Callable[[], Post]]:
    """The ways that are open, as makers: each exhibit has a connection of its own. What is not open, goes by the client."""
    target = find_target(place.server, place.key)
    host = target.host
    makers: dict[Way, Callable[[], Post]] = {}
    http_port = target.port if target.scheme == "http" else int(os.environ.get("WINDSOCK_HTTP_PORT") or 8030)
    if target.scheme == "tcp":
        if _answers(host, target.port):
            makers[Way.BARE_SOCKET] = lambda: SocketPost(host, target.port)
        if _answers(host, target.large_port):
            makers[Way.LARGE] = lambda: LargePost(host, target.large_port)
    if target.scheme != "https" and _answers(host, http_port):
        makers[Way.HTTP] = lambda: HttpPost(host, http_port)
    url = os.environ.get("WINDSOCK_REDIS_URL")
    prefix = os.environ.get("WINDSOCK_REDIS_PREFIX") or "windsock"
    if url:
        with contextlib.suppress(ImportError, OSError, ValueError):
            RedisPost(url, prefix, inbox=False).ping()
            makers[Way.PUBLISH] = lambda: RedisPost(url, prefix, inbox=False)
            makers[Way.INBOX] = lambda: RedisPost(url, prefix, inbox=True)
    return makers


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), SECONDS).close()
    except OSError:
        return False
    return True

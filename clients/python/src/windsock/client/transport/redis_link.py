"""One connection to Redis, for a thread that asks and waits for the answer: a publisher's, or a check's."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from windsock.client.transport import Lost
from windsock.client.transport.dial import broke, dial, dial_path
from windsock.client.transport.resp import NotRedis, Push, RedisRefusal, ReplyReader, pack

if TYPE_CHECKING:
    from windsock.client.target import Target

__all__ = ["Command", "RedisLink"]

ANSWER_SECONDS: Final = 20.0
READ_SIZE: Final = 65536

Command = Sequence[str | bytes | int]


class RedisLink:
    """A connection, not open yet.

    Args:
        target: where, and who we are there.
        at: host and port of another node, if a cluster sent us on.
        hear: told what Redis says unasked.
    """

    def __init__(
        self, target: Target, at: tuple[str, int] | None = None, hear: Callable[[Push], None] | None = None
    ) -> None:
        self._target = target
        self._at = at or (target.host, target.port)
        self._hear = hear
        self._tls = ssl.create_default_context() if target.scheme == "rediss" else None
        self._socket: socket.socket | None = None
        self._reader = ReplyReader()
        self._replies: list[Any] = []

    def open(self) -> RedisRefusal | None:
        """Connect, and show who we are; what Redis has against us, if anything. Raises Lost."""
        target = self._target
        connection = dial_path(target.path) if target.scheme == "unix" else dial(*self._at)
        if self._tls is not None:
            try:
                connection = self._tls.wrap_socket(connection, server_hostname=target.host)
            except OSError as error:
                connection.close()
                raise Lost(f"no private connection to {target.url}: {error}") from None
        self._socket = connection
        commands: list[Command] = []
        if target.password is not None:
            commands.append(("AUTH", target.user, target.password) if target.user else ("AUTH", target.password))
        if target.db:
            commands.append(("SELECT", target.db))
        replies = self.ask(*commands) if commands else []
        return next((reply for reply in replies if isinstance(reply, RedisRefusal)), None)

    def ask(self, *commands: Command, seconds: float = ANSWER_SECONDS) -> list[Any]:
        """The answers, errors among them as `RedisRefusal`. Raises Lost."""
        connection = self._open
        self._replies = []
        deadline = time.monotonic() + seconds
        try:
            # Redis takes all of a command before it answers, so that neither waits for the other.
            connection.settimeout(seconds)
            connection.sendall(pack(*commands))
            while len(self._replies) < len(commands):
                connection.settimeout(max(0.001, deadline - time.monotonic()))
                self._receive(connection)
        except TimeoutError:
            raise Lost(f"Redis at {self._target.url} answered nothing for {seconds:.0f} s") from None
        except OSError as error:
            raise Lost(broke(error)) from None
        replies, self._replies = self._replies, []
        return replies

    def listen(self, seconds: float) -> None:
        """Take in what Redis says unasked, if something comes within so many seconds. Raises Lost."""
        connection = self._open
        try:
            connection.settimeout(max(0.0, seconds))
            with contextlib.suppress(BlockingIOError, TimeoutError, ssl.SSLWantReadError):
                self._receive(connection)
        except OSError as error:
            raise Lost(broke(error)) from None

    def close(self) -> None:
        """Close the socket; never raises."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    @property
    def _open(self) -> socket.socket:
        if self._socket is None:
            raise Lost("not connected")
        return self._socket

    def _receive(self, connection: socket.socket) -> None:
        data = connection.recv(READ_SIZE)
        if not data:
            raise Lost("Redis closed the connection")
        try:
            for reply in self._reader.feed(data):
                # The confirmation of a subscription is the answer to SUBSCRIBE.
                if isinstance(reply, Push) and reply[:1] != [b"subscribe"]:
                    if self._hear is not None:
                        self._hear(reply)
                else:
                    self._replies.append(reply)
        except NotRedis as error:
            raise Lost(f"what answers at {self._target.url} is no Redis: {error}") from None

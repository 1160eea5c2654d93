"""One connection to Redis, for a thread that asks and waits for the answer: a publisher's, or a check's."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from windsock.client.transport import Lost
from windsock.client.transport.dial import CONNECT_SECONDS, broke, dial, dial_path
from windsock.client.transport.resp import NotRedis, Push, RedisRefusal, ReplyReader, pack

if TYPE_CHECKING:
    from windsock.client.redis_url import Node, RedisUrl

__all__ = ["Command", "RedisLink"]

ANSWER_SECONDS: Final = 20.0
READ_SIZE: Final = 65536

Command = Sequence[str | bytes | int]


class RedisLink:
    """A connection, not open yet.

    Args:
        url: who we are there.
        node: which server; None: the one that the URL names.
        hear: told what Redis says unasked.
        sentinel: it is a sentinel, which has users of its own.
    """

    def __init__(
        self,
        url: RedisUrl,
        node: Node | None = None,
        hear: Callable[[Push], None] | None = None,
        *,
        sentinel: bool = False,
    ) -> None:
        self._url = url
        self._node = node or (url.seeds[0] if url.seeds else None)
        self._login = url.sentinel_login if sentinel else url.login
        self._db = 0 if sentinel else url.db
        self._hear = hear
        self._socket: socket.socket | None = None
        self._reader = ReplyReader()
        self._replies: list[Any] = []

    @property
    def name(self) -> str:
        """For people: this server's own address."""
        return str(self._url) if self._node is None else self._url.at(self._node, self._db)

    @property
    def node(self) -> Node | None:
        """The server; None: it is at a socket of this machine."""
        return self._node

    def open(self, seconds: float = CONNECT_SECONDS) -> RedisRefusal | None:
        """Connect, and show who we are; what Redis has against us, if anything. Raises Lost."""
        connection = dial_path(self._url.path) if self._node is None else dial(*self._node, seconds)
        if self._url.tls is not None and self._node is not None:
            try:
                connection = self._url.tls.context().wrap_socket(connection, server_hostname=self._node.host)
            except (OSError, ValueError) as error:
                connection.close()
                raise Lost(f"no private connection to {self.name}: {error}") from None
        self._socket = connection
        commands: list[Command] = []
        user, password = self._login.user, self._login.password
        if password is not None:
            commands.append(("AUTH", user, password) if user else ("AUTH", password))
        if self._db:
            commands.append(("SELECT", self._db))
        try:
            replies = self.ask(*commands, seconds=ANSWER_SECONDS) if commands else []
        except Lost:
            self.close()
            raise
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
            raise Lost(f"Redis at {self.name} answered nothing for {seconds:.0f} s") from None
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
            raise Lost(f"what answers at {self.name} is no Redis: {error}") from None

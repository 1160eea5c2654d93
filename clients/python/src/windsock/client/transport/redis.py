"""Messages straight to Redis: XADD to the inbox, each write one transaction, whose reply is the acknowledgement.

Acknowledged means: Redis has it in the inbox, from where Windsock stores it once, in order, whoever dies meanwhile. A transaction, because half a write must
not be taken: the other half, sent again, would carry lower numbers than what is stored by then, and pass for doubles.

Windsock tells refusals afterwards, on a channel. Redis 6 and newer send them on this very connection (RESP3); they are told here with their stream.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.client.errors import UNAUTHORIZED
from windsock.client.transport import Acknowledged, Answer, Lost, Refused
from windsock.client.transport.dial import broke, dial
from windsock.client.transport.resp import NotRedis, Push, RedisRefusal, ReplyReader, pack

if TYPE_CHECKING:
    from windsock.client.target import Target

__all__ = ["RedisTransport"]

ANSWER_SECONDS: Final = 20.0
READ_SIZE: Final = 65536
MOST_REMEMBERED: Final = 1000
"""Entries whose stream is remembered, for refusals: they come within a second, or not at all."""
_KEY: Final = frozenset({"NOAUTH", "WRONGPASS", "NOPERM"})
"""Redis' words for: not with these credentials."""
_STREAM_ENDS: Final = b',"source":'


class RedisTransport:
    """One connection to Redis at a time."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._at = (target.host, target.port)
        self._tls = ssl.create_default_context() if target.scheme == "rediss" else None
        self._inbox = f"{target.prefix}:inbox"
        self._refusals = f"{target.prefix}:refused"
        self._socket: socket.socket | None = None
        self._reader = ReplyReader()
        self._replies: list[Any] = []
        self._answers: list[Answer] = []
        self._written = 0
        self._streams: OrderedDict[bytes, str] = OrderedDict()

    def connect(self) -> None:
        """Connect, show who we are, and ask to be told of refusals."""
        self.close()
        self._open()

    def _open(self) -> None:
        connection = dial(*self._at)
        if self._tls is not None:
            try:
                connection = self._tls.wrap_socket(connection, server_hostname=self._target.host)
            except OSError as error:
                connection.close()
                raise Lost(f"no private connection to {self._target.url}: {error}") from None
        self._socket = connection
        target = self._target
        if target.password is not None:
            login = ("AUTH", target.user, target.password) if target.user else ("AUTH", target.password)
            self._check(self._ask(login)[0])
        if target.db:
            self._check(self._ask(("SELECT", target.db))[0])
        # Both are a gain and no need: an old Redis, or one that does not let us, takes messages all the same.
        hello, _ = self._ask(("HELLO", 3), ("CLIENT", "SETNAME", "windsock-publisher"))
        if not isinstance(hello, RedisRefusal):
            self._ask(("SUBSCRIBE", self._refusals))

    def write(self, messages: Sequence[bytes]) -> None:
        """One transaction, and its answer."""
        done = self._add(messages)
        if isinstance(done, RedisRefusal) and done.code == "MOVED":
            self._move(done)
            done = self._add(messages)
        self._check(done)
        if not isinstance(done, list) or len(cast("list[Any]", done)) != len(messages):
            raise Lost("Redis did not say what became of the messages")
        for entry, message in zip(cast("list[Any]", done), messages, strict=True):
            self._check(entry)
            self._remember(entry, message)
        self._written += len(messages)
        self._answers.append(Acknowledged(self._written))

    def _add(self, messages: Sequence[bytes]) -> Any:
        """The entries' ids, or what Redis has against them."""
        adds = [("XADD", self._inbox, "*", "m", message) for message in messages]
        *queued, done = self._ask(("MULTI",), *adds, ("EXEC",))
        # EXEC says only that something before it was wrong.
        return next((reply for reply in queued if isinstance(reply, RedisRefusal)), done)

    def _move(self, moved: RedisRefusal) -> None:
        """To the node of a cluster that has the inbox."""
        host, _, port = str(moved).split()[-1].rpartition(":")
        self._at = (host or self._at[0], int(port))
        self._hang_up()
        self._open()

    def read(self, seconds: float) -> list[Answer]:
        """Answers that are here now: those to messages came with the write."""
        if not self._answers and self._socket is not None:
            try:
                self._socket.settimeout(max(0.0, seconds))
                with contextlib.suppress(BlockingIOError, TimeoutError, ssl.SSLWantReadError):
                    self._receive(self._socket)
            except OSError as error:
                raise Lost(broke(error)) from None
        answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        """Close the socket."""
        self._answers = []
        self._written = 0
        self._hang_up()

    def _hang_up(self) -> None:
        self._reader = ReplyReader()
        self._replies = []
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    # --- asking

    def _ask(self, *commands: Sequence[str | bytes | int]) -> list[Any]:
        self._replies = []
        self._send(pack(*commands))
        deadline = time.monotonic() + ANSWER_SECONDS
        while len(self._replies) < len(commands):
            left = deadline - time.monotonic()
            if left <= 0 or self._socket is None:
                raise Lost(f"Redis answered nothing for {ANSWER_SECONDS:.0f} s")
            try:
                self._socket.settimeout(left)
                self._receive(self._socket)
            except TimeoutError:
                continue
            except OSError as error:
                raise Lost(broke(error)) from None
        replies, self._replies = self._replies, []
        return replies

    def _send(self, data: bytes) -> None:
        if self._socket is None:
            raise Lost("not connected")
        try:
            # Redis takes all of a command before it answers, so that neither waits for the other.
            self._socket.settimeout(ANSWER_SECONDS)
            self._socket.sendall(data)
        except OSError as error:
            raise Lost(broke(error)) from None

    def _receive(self, connection: socket.socket) -> None:
        data = connection.recv(READ_SIZE)
        if not data:
            raise Lost("Redis closed the connection")
        try:
            for reply in self._reader.feed(data):
                if isinstance(reply, Push) and reply[:1] != [b"subscribe"]:
                    self._hear(reply)
                else:
                    self._replies.append(reply)
        except NotRedis as error:
            raise Lost(f"what answers at {self._target.url} is no Redis: {error}") from None

    def _check(self, reply: Any) -> None:
        """Nothing was taken if a reply is an error; what it means for the next try."""
        if not isinstance(reply, RedisRefusal):
            return
        if reply.code in _KEY:
            raise Lost(f"Redis at {self._target.url} does not let us write to {self._inbox}: {reply}", UNAUTHORIZED)
        self._at = (self._target.host, self._target.port)  # a cluster's node that went away: ask where to anew
        raise Lost(f"Redis at {self._target.url} says: {reply}")

    # --- refusals

    def _remember(self, entry: bytes, message: bytes) -> None:
        # A message with samples begins with its id, then its source: see `encoding.head`.
        with contextlib.suppress(ValueError):
            named = message[: message.index(_STREAM_ENDS)] + b"}" if _STREAM_ENDS in message[:2048] else message
            self._streams[entry] = json.loads(named)["id"]
            if len(self._streams) > MOST_REMEMBERED:
                self._streams.popitem(last=False)

    def _hear(self, push: Push) -> None:
        """A refusal of somebody's message: of ours, if we know the entry."""
        if len(push) != 3 or push[0] != b"message":
            return
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            said = cast("dict[str, Any]", json.loads(push[2]))
            stream = self._streams.get(str(said["where"]).encode())
            if stream is not None:
                error = said["error"]
                self._answers.append(Refused(None, str(error["code"]), str(error["message"]), stream))

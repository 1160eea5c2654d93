"""Messages over TCP: a hello that asks for acknowledgements, then objects split by newlines (8010) or by their length (8020).

While it writes it also reads: a server that has much to complain about would otherwise wait for us to read, and we for it.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.client.errors import UNAUTHORIZED
from windsock.client.transport import Acknowledged, Answer, Lost, Refused
from windsock.client.transport.dial import broke, dial

if TYPE_CHECKING:
    from windsock.client.target import Target

__all__ = ["TcpTransport", "framed", "lines"]

WRITE_SECONDS: Final = 20.0
"""A server that takes nothing for this long is as good as gone; what it has of us is sent again and stored once."""
READ_SIZE: Final = 65536
HTTP: Final = b"HTTP/1."
MOST_ANSWER: Final = 65536
"""An answer is a short line; a peer that sends more without a newline is no Windsock."""

Framing = Callable[[Sequence[bytes]], bytes]


def lines(messages: Sequence[bytes]) -> bytes:
    """Port 8010."""
    return b"\n".join(messages) + b"\n"


def framed(messages: Sequence[bytes]) -> bytes:
    """Port 8020: 4 bytes of length, big-endian, before each."""
    return b"".join(struct.pack(">L", len(message)) + message for message in messages)


class TcpTransport:
    """One TCP connection at a time."""

    def __init__(self, target: Target, port: int, framing: Framing) -> None:
        self._address = (target.host, port)
        self._key = target.key
        self._framing = framing
        self._socket: socket.socket | None = None
        self._selector: selectors.BaseSelector | None = None
        self._unread = b""
        self._answers: list[Answer] = []
        self._farewell: Refused | None = None
        """What the server said of the connection and of no message: if it closes then, that is why."""

    def connect(self) -> None:
        """Connect and say hello. Whether the key is right is told later, as an answer."""
        self.close()
        connection = dial(*self._address)
        connection.settimeout(0)
        self._socket = connection
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ)
        hello: dict[str, Any] = {"ack": True}
        if self._key is not None:
            hello["key"] = self._key
        self.write([json.dumps({"hello": hello}).encode()])

    def write(self, messages: Sequence[bytes]) -> None:
        """Send all; waits while the server is busy."""
        connection, selector = self._open()
        unsent = memoryview(self._framing(messages))
        deadline = time.monotonic() + WRITE_SECONDS
        watching = False
        try:
            while unsent:
                try:
                    sent = connection.send(unsent)
                except BlockingIOError:
                    sent = 0
                if sent:
                    unsent = unsent[sent:]
                    deadline = time.monotonic() + WRITE_SECONDS
                    continue
                if not watching:
                    selector.modify(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
                    watching = True
                events = selector.select(max(0.0, deadline - time.monotonic()))
                if not events:
                    raise Lost(f"the server took nothing for {WRITE_SECONDS:.0f} s")
                if events[0][1] & selectors.EVENT_READ:
                    self._receive(connection)
        except OSError as error:
            # The server may have said why before it closed.
            self._receive(connection)
            raise Lost(broke(error)) from None
        finally:
            if watching and self._selector is selector:
                selector.modify(connection, selectors.EVENT_READ)

    def read(self, seconds: float) -> list[Answer]:
        """Answers that are here now, or come in time."""
        connection, selector = self._open()
        if not self._answers and (seconds <= 0 or selector.select(seconds)):
            self._receive(connection)
        answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        """Close the socket."""
        self._unread = b""
        self._answers = []
        self._farewell = None
        if self._selector is not None:
            self._selector.close()
            self._selector = None
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    drop = close

    def _open(self) -> tuple[socket.socket, selectors.BaseSelector]:
        if self._socket is None or self._selector is None:
            raise Lost("not connected")
        return self._socket, self._selector

    def _receive(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError as error:
            raise self._last_words() or Lost(broke(error)) from None
        if not data:
            raise self._last_words() or Lost("the server closed the connection")
        if data.startswith(HTTP):
            raise Lost(f"HTTP is spoken at {self._address[0]}:{self._address[1]}: it is http://, or another port")
        *complete, self._unread = (self._unread + data).split(b"\n")
        if len(self._unread) > MOST_ANSWER:
            raise Lost("what answers there is no Windsock")
        for line in complete:
            answer = _read_answer(line)
            if isinstance(answer, Refused) and answer.index is None:
                self._farewell = answer
            if answer is not None:
                self._answers.append(answer)

    def _last_words(self) -> Lost | None:
        """What the server said before it closed, if that explains why."""
        return Lost(self._farewell.message, self._farewell.code) if self._farewell else None


def _read_answer(line: bytes) -> Answer | None:
    try:
        answer = json.loads(line)
    except ValueError:
        return None
    if not isinstance(answer, dict):
        return None
    fields = cast("dict[str, Any]", answer)
    if isinstance(count := fields.get("ack"), int):
        return Acknowledged(count)
    if isinstance(error := fields.get("error"), dict):
        said = cast("dict[str, Any]", error)
        code, message, index = str(said.get("code")), str(said.get("message")), said.get("index")
        if code == UNAUTHORIZED:  # of the greeting, or, without a key to greet with, of each message
            raise Lost(message, code)
        # The server counts from 1.
        return Refused(index - 1 if isinstance(index, int) else None, code, message)
    return None

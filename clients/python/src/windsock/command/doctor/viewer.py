"""A viewer as a browser is one: Socket.IO over a WebSocket. It watches one stream and tells when a value comes."""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from windsock.command.doctor.finding import Blind

__all__ = ["Viewer"]

OPEN_SECONDS: Final = 5.0
ACK_ID: Final = 1


class Viewer:
    """A context manager: connected and watching on entry."""

    what: Final = "a viewer connects and watches (Socket.IO over a WebSocket)"

    def __init__(self, board: str, stream: str) -> None:
        parts = urlsplit(board)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._url = f"{scheme}://{parts.netloc}{parts.path}/socket.io/?EIO=4&transport=websocket"
        self._stream = stream
        self._connection: ClientConnection | None = None
        self._seen: list[Any] = []
        self.connect_ms = 0.0
        """From the first byte to the confirmed watch."""

    def __enter__(self) -> Self:
        began = time.perf_counter()
        try:
            self._connection = connect(
                self._url, open_timeout=OPEN_SECONDS, compression=None, max_size=2**24, proxy=None
            )
            self._wait_for("0", OPEN_SECONDS)
            self._send("40")
            self._wait_for("40", OPEN_SECONDS)
            self._send(f"42{ACK_ID}" + json.dumps(["watch", {"add": [{"id": self._stream}]}]))
            answer = json.loads(self._wait_for(f"43{ACK_ID}", OPEN_SECONDS))
        except InvalidStatus as refused:
            self._close()
            raise Blind(f"the WebSocket was answered with status {refused.response.status_code}") from None
        except (OSError, WebSocketException, ValueError) as error:
            self._close()
            raise Blind(f"the WebSocket did not open: {str(error) or type(error).__name__}") from None
        except Blind:
            self._close()
            raise
        if answer and "error" in answer[0]:
            self._close()
            raise Blind(f"the board says: {answer[0]['error'].get('message')}")
        self.connect_ms = (time.perf_counter() - began) * 1000
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def wait_for_value(self, value: float, seconds: float) -> bool:
        """Whether a sample with this value comes in time. Raises Blind."""
        deadline = time.monotonic() + seconds
        while value not in self._seen:
            left = deadline - time.monotonic()
            if left <= 0 or not self._take(left):
                return False
        return True

    def _wait_for(self, start: str, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while True:
            packet = self._receive(max(0.0, deadline - time.monotonic()))
            if packet is None:
                raise Blind(f"the board did not go on with Socket.IO within {seconds:.0f} s")
            if packet.startswith("44"):
                raise Blind(f"the board refuses viewers: {packet[2:]}")
            if packet.startswith(start):
                return packet[len(start) :]

    def _take(self, seconds: float) -> bool:
        packet = self._receive(seconds)
        if packet is None:
            return False
        if packet.startswith("42"):
            event, *said = cast("list[Any]", json.loads(packet[2:]))
            if event == "tick":
                for delta in said[0]["streams"]:
                    if delta["id"] == self._stream:
                        self._seen += [row[1] for row in delta["rows"]]
        return True

    def _receive(self, seconds: float) -> str | None:
        """The next packet that is not a ping; None if none came."""
        if self._connection is None:
            raise Blind("not connected")
        deadline = time.monotonic() + seconds
        while True:
            try:
                data = self._connection.recv(max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                return None
            except (OSError, WebSocketException) as error:
                raise Blind(f"the WebSocket broke: {error}") from None
            packet = data if isinstance(data, str) else ""
            if packet != "2":
                return packet
            self._send("3")

    def _send(self, packet: str) -> None:
        if self._connection is not None:
            self._connection.send(packet)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

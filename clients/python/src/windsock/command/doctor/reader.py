"""A reader over server-sent events: what the doctor watches with where it has no WebSocket, with the publisher library alone."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import quote, urlsplit

from windsock.command.doctor.finding import Blind

__all__ = ["Reader"]

OPEN_SECONDS: Final = 5.0


class Reader:
    """A context manager: connected and watching on entry. As `viewer.Viewer`, in another way."""

    what: Final = "a reader watches (server-sent events)"

    def __init__(self, board: str, stream: str) -> None:
        parts = urlsplit(board)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=OPEN_SECONDS)
        self._path = f"{parts.path}/v1/streams/{quote(stream, safe='')}/events?wait=true"
        self._seen: list[Any] = []
        self._broke = False
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._news = threading.Condition()
        self.connect_ms = 0.0

    def __enter__(self) -> Self:
        began = time.perf_counter()
        try:
            self._connection.request("GET", self._path)
            self._socket = self._connection.sock
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Blind(f"the board's events did not begin: {error or type(error).__name__}") from None
        if self._response.status != 200:
            self._connection.close()
            raise Blind(f"the board's events were answered with status {self._response.status}")
        if self._socket is not None:
            self._socket.settimeout(None)  # from here on the thread waits, and not the doctor
        self._thread.start()
        self.connect_ms = (time.perf_counter() - began) * 1000
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(OPEN_SECONDS)  # what it reads from must not be closed under its hands
        self._connection.close()

    def wait_for_value(self, value: float, seconds: float) -> bool:
        """Whether a sample with this value comes in time. Raises Blind."""
        with self._news:
            if self._news.wait_for(lambda: value in self._seen or self._broke, seconds) and value not in self._seen:
                raise Blind("the board's events ended")
            return value in self._seen

    def _read(self) -> None:
        try:
            while line := self._response.readline():
                if line.startswith(b"data: "):
                    rows = cast("dict[str, Any]", json.loads(line[6:])).get("rows", [])
                    with self._news:
                        self._seen += [row[1] for row in rows]
                        self._news.notify()
        except (OSError, ValueError, http.client.HTTPException):
            pass
        with self._news:
            self._broke = True
            self._news.notify()

"""Programs that read live, over server-sent events or the plain WebSocket, with a ledger that checks every delta. What is read, and when, is up to the test."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from kit.relay import Ledger, Line, with_frames
from kit.waiting import until_async

__all__ = ["EventReader", "LiveReader"]


class Reader:
    """What both have in common: a connection, a ledger, and a task that reads until told to stop. A context manager."""

    def __init__(self, port: int, ledger: Ledger | None = None, host: str = "localhost") -> None:
        self.port = port
        self.host = host
        self.ledger = ledger or Ledger()
        self.events: list[tuple[str, Any]] = []
        self.closed = asyncio.Event()
        self.head = b""
        self._buffer = bytearray()

    async def connect(self, request: str) -> None:
        """Open the connection, send a request's head, and read the answer's."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        self._writer.write(request.encode())
        self.head = await self._reader.readuntil(b"\r\n\r\n")

    async def refusal(self) -> dict[str, Any]:
        """The error in an answer that is not what was asked for."""
        size = next(
            int(line.partition(b":")[2]) for line in self.head.split(b"\r\n") if line.startswith(b"content-length")
        )
        body = await self._reader.readexactly(size)
        self._writer.close()
        return json.loads(body)["error"]

    async def close(self) -> None:
        """Leave; the connection breaks without a farewell."""
        self._reading.cancel()
        self._writer.transport.abort()
        self.closed.set()
        await asyncio.gather(self._reading, return_exceptions=True)
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def stop_reading(self) -> None:
        """Take nothing more off the socket."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]
        self._reading.cancel()

    def read_again(self) -> None:
        """Take up reading where it stopped."""
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while data := await self._reader.read(1 << 20):
                self._buffer += data
                self._take_all()
        self.closed.set()

    def _take_all(self) -> None:
        raise NotImplementedError

    def named(self, event: str) -> list[Any]:
        """All events of a name so far."""
        return [body for name, body in self.events if name == event]

    def line(self, stream: str) -> Line:
        """What it has of a stream."""
        return self.ledger.lines.get(stream, Line())

    async def until_offset(self, stream: str, offset: int, seconds: float = 15.0) -> None:
        """Wait until it has a stream up to there; a fault in the ledger ends it."""
        await until_async(
            lambda: self.line(stream).offset >= offset or self.ledger.faults, f"{stream} to {offset}", seconds
        )
        assert not self.ledger.faults, self.ledger.faults[:5]


class EventReader(Reader):
    """Server-sent events. `last` is the id to come back with."""

    last = ""

    async def open(self, *streams: str, several: bool = False, query: str = "", origin: str | None = None) -> Self:
        """Connect; what the answer is stands in `head`."""
        path = "/v1/events?" + "&".join(f"id={quote(stream)}" for stream in streams)
        if not several:
            path = f"/v1/streams/{quote(streams[0])}/events?"
        lines = [f"GET {path}{query} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if self.last:
            lines.append(f"Last-Event-ID: {self.last}")
        if origin:
            lines.append(f"Origin: {origin}")
        await self.connect("\r\n".join([*lines, "", ""]))
        self._text = b""
        self._buffer.clear()
        self.closed.clear()
        self._reading = asyncio.create_task(self._read() if b" 200 " in self.head else asyncio.sleep(0))
        return self

    async def __aenter__(self) -> Self:
        return self

    def _take_all(self) -> None:
        while (end := self._buffer.find(b"\r\n")) >= 0:
            size = int(self._buffer[:end], 16)
            if len(self._buffer) < end + 2 + size + 2:
                return
            self._text += bytes(self._buffer[end + 2 : end + 2 + size])
            del self._buffer[: end + 2 + size + 2]
            *whole, self._text = self._text.split(b"\n\n")
            for event in whole:
                self._take(event.decode())

    def _take(self, event: str) -> None:
        fields = dict(line.split(": ", 1) for line in event.splitlines() if ": " in line)
        name = fields.get("event", "message")
        if "id" in fields:
            self.last = fields["id"]
        if "data" not in fields:
            return
        body = json.loads(fields["data"])
        self.events.append((name, body))
        if name == "message":
            for delta in body.get("streams", [body]):
                self.ledger.take(delta)


class LiveReader(Reader):
    """The plain WebSocket."""

    async def open(self, origin: str | None = None, path: str = "/v1/live") -> Self:
        """Connect.

        Raises:
            ConnectionError: refused; with the code.
        """
        key = base64.b64encode(os.urandom(16)).decode()
        await self.connect(
            f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            + (f"Origin: {origin}\r\n" if origin else "")
            + "\r\n"
        )
        if b" 101 " not in self.head:
            raise ConnectionError((await self.refusal())["code"])
        self._buffer.clear()
        self.closed.clear()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aenter__(self) -> Self:
        return await self.open()

    def send_text(self, text: str | bytes, opcode: int = 1) -> None:
        """Any text, or bytes, as a frame."""
        payload = text.encode() if isinstance(text, str) else text
        size = len(payload)
        head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2)
        self._writer.write(head + b"\0\0\0\0" + payload)

    def send(self, **request: object) -> None:
        """A request."""
        self.send_text(json.dumps(request))

    async def ask(self, **request: object) -> tuple[str, Any]:
        """A request, and its answer."""
        had = len(self.named("watching")) + len(self.named("error"))
        self.send(**request)
        await until_async(
            lambda: len(self.named("watching")) + len(self.named("error")) > had or self.closed.is_set(), "an answer"
        )
        return next((name, body) for name, body in reversed(self.events) if name in {"watching", "error"})

    async def watch(self, *streams: str) -> Any:
        """Watch streams, taking up what the ledger has of them."""
        lines = [(stream, self.ledger.lines.get(stream)) for stream in streams]
        name, body = await self.ask(
            watch=[
                {"id": stream, "epoch": line.epoch, "offset": line.offset} if line and line.epoch else stream
                for stream, line in lines
            ]
        )
        assert name == "watching", body
        return body

    def _take_all(self) -> None:
        for opcode, payload in with_frames(self._buffer):
            if opcode == 1:
                message = json.loads(payload)
                self.events.append((message["event"], message["data"]))
                if message["event"] == "tick":
                    for delta in message["data"]["streams"]:
                        self.ledger.take(delta)

"""A stand-in for ingest-tcp, in a thread, that does to a publisher what a test tells it: accept, refuse, fall silent, hang up, forget, come back.

It keeps the real one's promises (see `windsock.client.transport`): messages are counted from 1, acknowledged in order, and a (`source`, `seq`) that a stream
already has is acknowledged and not stored again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Self

from kit.ports import free_port
from kit.waiting import until

__all__ = ["FakeIngest", "Fate"]

Message = dict[str, Any]


class Fate(Enum):
    """What becomes of a message."""

    STORE = "stored and acknowledged"
    KEEP_SILENT = "stored, not acknowledged"
    HANG_UP = "not stored, and the connection is closed"
    STORE_AND_HANG_UP = "stored, and the connection is closed before the acknowledgement"
    REFUSE = "refused as invalid"
    TURN_AWAY = "the connection is closed with `unavailable`"


class FakeIngest:
    """A context manager: listening on entry, gone on exit. The port stays the same over `stop` and `start`."""

    def __init__(self, *, framed: bool = False, key: str | None = None) -> None:
        self.port = free_port()
        self.key = key
        self.fate: Callable[[int, Message], Fate] = lambda number, message: Fate.STORE
        """Told a connection's number (from 1) and the message."""
        self.received: list[Message] = []
        """All that came, doubles too."""
        self.stored: list[Message] = []
        self.connections = 0
        self._seen: dict[tuple[str, str], int] = {}
        self._framed = framed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """For a client; its large port is the same: a test has one or the other."""
        return f"tcp://127.0.0.1:{self.port}?large={self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def start(self) -> None:
        """Listen."""
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)

    def stop(self) -> None:
        """Hang up on everybody, and listen no more."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)

    def forget(self) -> None:
        """As after the loss of the broker."""
        self._seen.clear()
        self.stored.clear()

    def samples(self, stream: str) -> list[Any]:
        """The values stored of a stream, in order."""
        return list(self._samples(stream))

    def wait_for(self, stream: str, count: int, seconds: float = 10.0) -> list[Any]:
        """The same, once there are so many."""
        until(lambda: len(self.samples(stream)) >= count, f"{count} samples of {stream} arrive", seconds)
        return self.samples(stream)

    def looks(self, stream: str) -> list[Message]:
        """The announcements that came of a stream."""
        return [
            {name: value for name, value in message.items() if name != "id"}
            for message in self.received
            if message["id"] == stream and "value" not in message and "samples" not in message
        ]

    def _samples(self, stream: str) -> Iterator[Any]:
        for message in self.stored:
            if message["id"] != stream:
                continue
            if "value" in message:
                yield message["value"]
            for _, *values in message.get("samples", ()):
                yield values[0] if len(values) == 1 else values

    # --- in the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**26)

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(self.connections, reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _talk(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = (await self._read(reader))["hello"]
        if self.key is not None and hello.get("key") != self.key:
            _answer(writer, {"error": {"code": "unauthorized", "message": "hello: the publish key is wrong"}})
            return
        _answer(writer, {"ack": 0})
        count = 0
        silent = False
        while True:
            message = await self._read(reader)
            count += 1
            self.received.append(message)
            fate = self.fate(number, message)
            if fate in {Fate.STORE, Fate.KEEP_SILENT, Fate.STORE_AND_HANG_UP}:
                self._store(message)
            if fate in {Fate.HANG_UP, Fate.STORE_AND_HANG_UP}:
                return
            if fate is Fate.TURN_AWAY:
                _answer(writer, {"error": {"code": "unavailable", "message": "the broker is away"}})
                return
            if fate is Fate.REFUSE:
                _answer(writer, {"error": {"code": "invalid", "message": "value: no", "index": count}})
            silent = silent or fate is Fate.KEEP_SILENT
            if not silent:
                _answer(writer, {"ack": count})
            await writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> Message:
        if self._framed:
            size = int.from_bytes(await reader.readexactly(4), "big")
            return json.loads(await reader.readexactly(size))
        line = await reader.readline()
        if not line:
            raise ConnectionError
        return json.loads(line)

    def _store(self, message: Message) -> None:
        if "seq" in message:
            who = (message["id"], message["source"])
            if message["seq"] <= self._seen.get(who, 0):
                return
            self._seen[who] = message["seq"]
        self.stored.append(message)


def _answer(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")

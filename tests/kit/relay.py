"""The web service inside a test's own loop, publishers for it, and viewers that write down all that they get and check it as they go."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from kit.waiting import until_async
from windsock.shared.broker import Batch, RedisBroker
from windsock.shared.health import watch_broker
from windsock.shared.listen import listen
from windsock.shared.settings import Settings
from windsock.web.app import Relay, create_app
from windsock.web.follow import READERS
from windsock.web.server import WebServer

__all__ = ["Ledger", "Line", "Publisher", "RunningRelay", "Viewer", "running_relay", "with_frames"]


@dataclass
class RunningRelay:
    """A web service that serves."""

    relay: Relay
    port: int
    broker: RedisBroker

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def running_relay(settings: Settings, *, linger: float = 30.0) -> AsyncGenerator[RunningRelay]:
    """The web service on a free port, ready; a part of it that dies fails the test."""
    listener = listen(settings.bind, 0, "web_port")
    port = listener.getsockname()[1]
    broker = RedisBroker(settings, "web")
    relay = create_app(settings, broker, linger=linger)
    server = WebServer(relay.asgi, listener, settings)
    parts = [
        watch_broker(broker, relay.watch),
        relay.follower.subscription.run(),
        relay.feeds.subscription.run(),
        relay.feeds.run(),
        relay.door.run(),
        relay.keeper.run(),
        relay.watchman.subscription.run(),
        relay.watchman.run(),
        relay.watchman.webhook.run(),
        *(relay.follower.read() for _ in range(READERS)),
        relay.sessions.look_after(),
        relay.guests.run(),
        relay.hub.ticker.run(),
        relay.housekeeping.run(),
        server.run_here(),
    ]
    tasks = [asyncio.create_task(part) for part in parts]
    running = RunningRelay(relay, port, broker)
    try:
        await until_async(
            lambda: (server.started and relay.catalogue.ready) or any(task.done() for task in tasks),
            "the relay is ready",
        )
        yield running
        dead = [task for task in tasks if task.done()]
        assert not dead, f"a part of the web service died: {[task.exception() for task in dead]}"
    finally:
        await relay.guests.stop()
        await relay.sessions.stop()
        if not tasks[-1].done():
            await server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await broker.close()
        listener.close()


class Publisher:
    """Publishes numbered samples: sample n of a stream has the value n, so that what arrives proves itself."""

    def __init__(self, broker: RedisBroker, *, keep: int = 10_000) -> None:
        self.broker = broker
        self.sent: Counter[str] = Counter()
        self._keep = keep
        self._announced: set[str] = set()

    async def create(self, *streams: str, **spec: object) -> None:
        """Put streams into the catalogue, with one sample each."""
        for stream in streams:
            await self.broker.register(stream)
        await self.publish(*streams, spec=spec)
        for stream in streams:
            await self.broker.announce(stream)

    async def publish(self, *streams: str, count: int = 1, spec: Mapping[str, object] | None = None) -> None:
        """The next samples of some streams, one batch each."""
        fields = [(name, json.dumps(value).encode()) for name, value in {"type": "line", **(spec or {})}.items()]
        batches: list[Batch] = []
        for stream in streams:
            first = self.sent[stream] + 1
            self.sent[stream] += count
            payload = b",".join(
                [b"[%d,%d]" % (1_700_000_000_000 + number, number) for number in range(first, first + count)]
            )
            batches.append(Batch(stream, count, payload, self._keep, fields))
        for receipt in await self.broker.publish(batches):
            if isinstance(receipt, Exception):
                raise receipt

    async def picture(self, stream: str, text: str) -> None:
        """A sample of an image stream; `text` stands for the picture."""
        self.sent[stream] += 1
        row = json.dumps(
            [1_700_000_000_000 + self.sent[stream], f"data:image/png;base64,{text}"], separators=(",", ":")
        ).encode()
        await self.broker.publish([Batch(stream, 1, row, self._keep, [("type", b'"image"')])])

    def forget(self) -> None:
        """The broker came back empty: numbers start anew."""
        self.sent.clear()


@dataclass
class Line:
    """What a viewer has of one stream."""

    epoch: str = ""
    offset: int = 0
    values: list[int] = field(default_factory=list[int])
    lost: int = 0
    resets: int = 0


class Ledger:
    """Checks every tick against what came before: no hole that is not told, nothing twice, nothing out of order. Expects a `Publisher`'s values."""

    def __init__(self, *, numbered: bool = True) -> None:
        self.lines: dict[str, Line] = {}
        self.faults: list[str] = []
        self._numbered = numbered

    def take(self, delta: dict[str, Any]) -> None:
        line = self.lines.setdefault(delta["id"], Line())
        rows, offset, lost = delta["rows"], delta["offset"], delta["lost"]
        where = f"{delta['id']} at {line.offset}, delta to {offset} with {len(rows)} rows, lost {lost}, reset {delta['reset']}"
        if delta["count"] != len(rows):
            self.faults.append(f"count is not the number of rows: {where}")
        if delta["reset"]:
            line.epoch, line.values, line.lost = delta["epoch"], [], 0
            line.offset = offset - len(rows)
            line.resets += 1
        elif delta["epoch"] != line.epoch:
            self.faults.append(f"another epoch without reset: {where}")
        start = offset - len(rows)
        if start - lost > line.offset:
            self.faults.append(f"a hole that is not told: {where}")
        if offset <= line.offset and not delta["reset"] and not lost:
            self.faults.append(f"nothing new, or out of order: {where}")
        if start - lost < line.offset:
            rows = rows[line.offset - start :]
        line.lost += lost
        line.offset = offset
        values = [row[1] for row in rows]
        line.values += values
        if self._numbered and values and values != list(range(offset - len(rows) + 1, offset + 1)):
            self.faults.append(f"rows that are not what these offsets had: {where}: {values[:5]}...")


def with_frames(data: bytearray) -> list[tuple[int, bytes]]:
    """Take whole frames off the front of what was received: opcode and payload."""
    frames: list[tuple[int, bytes]] = []
    at = 0
    while len(data) - at >= 2:
        size, head = data[at + 1] & 0x7F, 2
        if size == 126:
            size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
        elif size == 127:
            size, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
        if len(data) - at < head + size:
            break
        frames.append((data[at] & 0x0F, bytes(data[at + head : at + head + size])))
        at += head + size
    del data[:at]
    return frames


class Viewer:
    """A Socket.IO client over one WebSocket, written by hand: what it reads, and when, is up to the test. A context manager."""

    def __init__(self, port: int, *, ledger: Ledger | None = None, shows: bool = True, host: str = "localhost") -> None:
        self.port = port
        self.host = host
        self.ledger = ledger or Ledger()
        self.events: list[tuple[str, Any]] = []
        self.acks: dict[int, Any] = {}
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self.shows = shows
        """Whether pictures are acknowledged at once."""
        self._ack = 0
        self._buffer = bytearray()

    async def open(self, origin: str | None = None) -> Self:
        """Connect, and return when the session stands.

        Raises:
            ConnectionError: refused; with the answer.
        """
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**26)
        key = base64.b64encode(os.urandom(16)).decode()
        self._writer.write(
            (
                f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                + (f"Origin: {origin}\r\n" if origin else "")
                + "\r\n"
            ).encode()
        )
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except BaseException:
            self._writer.transport.abort()
            raise
        if b" 101 " not in head:
            body = await self._reader.read()
            self._writer.close()
            raise ConnectionError((head + body).decode())
        self._send("40")
        self._reading = asyncio.create_task(self._read())
        await until_async(
            lambda: self.named("CONNECT") or self.named("CONNECT_ERROR") or self.closed.is_set(), "the session stands"
        )
        if self.named("CONNECT_ERROR"):
            raise ConnectionError(json.dumps(self.named("CONNECT_ERROR")))
        return self

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave; the connection breaks without a farewell."""
        self._reading.cancel()
        self._writer.transport.abort()
        self.closed.set()
        await asyncio.gather(self._reading, return_exceptions=True)

    def stop_reading(self) -> None:
        """Take nothing more off the socket."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]
        self._reading.cancel()

    def read_again(self) -> None:
        """Take up reading where it stopped."""
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]
        self._reading = asyncio.create_task(self._read())

    def _send(self, text: str) -> None:
        self.send_frame(1, text.encode())

    def send_frame(self, opcode: int, payload: bytes) -> None:
        """Any frame, masked with zeros."""
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | opcode, 0x80 | size))
        elif size < 65536:
            head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
        else:
            head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
        self._writer.write(head + b"\0\0\0\0" + payload)

    def emit(self, event: str, *args: Any) -> None:
        """An event without acknowledgement."""
        self._send("42" + json.dumps([event, *args]))

    async def ask(self, event: str, *args: Any) -> Any:
        """An event, and its answer."""
        self._ack += 1
        number = self._ack
        self._send(f"42{number}" + json.dumps([event, *args]))
        await until_async(lambda: number in self.acks or self.closed.is_set(), f"an answer to {event}")
        return self.acks[number]

    async def watch(self, *streams: str) -> Any:
        """Watch streams, taking up what the ledger has of them."""
        add: list[dict[str, Any]] = []
        for stream in streams:
            line = self.ledger.lines.get(stream)
            add.append(
                {"id": stream}
                if line is None or not line.epoch
                else {"id": stream, "epoch": line.epoch, "offset": line.offset}
            )
        return await self.ask("watch", {"add": add})

    async def show(self, *, visible: bool) -> None:
        """Say that the tab is in front, or hidden; return when that is known."""
        await self.ask("visible", visible)

    def named(self, event: str) -> list[Any]:
        """All events of a name so far."""
        return [body for name, body in self.events if name == event]

    def line(self, stream: str) -> Line:
        """What the viewer has of a stream."""
        return self.ledger.lines.get(stream, Line())

    async def until(self, condition: Callable[[], object], what: str, seconds: float = 10.0) -> None:
        """Wait; a fault in the ledger ends it."""
        await until_async(lambda: condition() or self.ledger.faults, what, seconds)
        assert not self.ledger.faults, self.ledger.faults[:5]

    async def until_offset(self, offsets: dict[str, int] | Counter[str], seconds: float = 10.0) -> None:
        """Wait until these offsets are reached."""

        def missing() -> Sequence[str]:
            return [
                f"{stream} at {self.line(stream).offset} of {offset}"
                for stream, offset in offsets.items()
                if self.line(stream).offset < offset
            ]

        try:
            await self.until(lambda: not missing(), f"{dict(offsets)}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: missing {missing()}") from None

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(1 << 20):
                self._buffer += data
                for opcode, payload in with_frames(self._buffer):
                    self._take(opcode, payload)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        self.closed.set()

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 8:
            self.close_code = int.from_bytes(payload[:2], "big")
        elif payload == b"2":
            self._send("3")
        elif payload.startswith(b"40"):
            self.events.append(("CONNECT", json.loads(payload[2:])))
        elif payload.startswith(b"44"):
            self.events.append(("CONNECT_ERROR", json.loads(payload[2:])))
        elif payload.startswith(b"43"):
            digits = payload[2:].partition(b"[")[0]
            self.acks[int(digits)] = json.loads(payload[2 + len(digits) :])[0]
        elif payload.startswith(b"42"):
            name, body = json.loads(payload[2:])
            self.events.append((name, body))
            if name == "tick":
                for delta in body["streams"]:
                    self.ledger.take(delta)
            elif name == "picture" and self.shows:
                self.emit("shown", {"id": body["id"], "offset": body["offset"]})

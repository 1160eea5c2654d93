"""ingest-http's server in the test's own loop, on a real broker, and a client that sends what it is told to, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any, Self

from kit.history import rows_of, spec_of, values_of
from kit.waiting import until_async
from windsock.ingest_http.app import App
from windsock.ingest_http.desk import Desk
from windsock.ingest_http.server import HttpServer
from windsock.shared.broker import RedisBroker
from windsock.shared.health import BrokerWatch, Health, watch_broker
from windsock.shared.intake import Intake
from windsock.shared.listen import listen
from windsock.shared.settings import Settings

__all__ = ["Answer", "HttpPort"]


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a request that was refused as a whole."""
        return self.json["error"]["code"]

    @property
    def rejected(self) -> list[tuple[int, str]]:
        """Place and code of each message that was refused."""
        return [(each["index"], each["code"]) for each in self.json["rejected"]]


class Client:
    """A connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> Answer:
        """The next answer.

        Raises:
            EOFError: the server closed the connection.
        """
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 15)
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(first.split()[1]), headers, body)

    async def ended(self) -> bool:
        """Whether the server closes the connection."""
        return await asyncio.wait_for(self._reader.read(1), 15) == b""

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class HttpPort:
    """The port and what it stored."""

    def __init__(self, settings: Settings, patience: float = 2.0, *, fast: bool = True) -> None:
        self.settings = settings
        self.broker = RedisBroker(settings, "test")
        self.intake = Intake(self.broker, settings, "http", patience=patience)
        self.watch = BrokerWatch()
        health = Health("ingest-http", "0")
        health.add("broker", self.watch.check)
        self._listener = listen("127.0.0.1", 0, "http_port")
        self.port: int = self._listener.getsockname()[1]
        self.server = HttpServer(
            App(settings, Desk(settings, self.intake, self.watch), health, "0"), self._listener, settings, fast=fast
        )
        self._clients: list[Client] = []

    async def __aenter__(self) -> Self:
        work = (self.intake.run(), watch_broker(self.broker, self.watch), self.server.look_after())
        self._tasks = [asyncio.create_task(part) for part in work]
        self._serving = asyncio.create_task(self.server.run())
        await until_async(lambda: self.watch.problem is None, "the broker is found")
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.close()
        await self.server.stop()
        await self._serving
        for task in self._tasks:
            task.cancel()
        await self.broker.close()

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self._clients.append(client)
        return client

    async def request(self, method: str, path: str, body: object = b"", **headers: str | None) -> Answer:
        """One request on a connection of its own; bytes as they are, anything else as JSON. Header names with _ for -, None to leave one out."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual: dict[str, str | None] = {
            "host": f"127.0.0.1:{self.port}",
            "content-type": "application/json",
            "content-length": str(len(data)),
        }
        usual |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in usual.items() if value is not None
        )
        client = await self.connect()
        try:
            await client.send(head.encode() + b"\r\n" + data)
            return await client.answer()
        finally:
            await client.close()

    async def post(self, body: object, **headers: str | None) -> Answer:
        """POST messages."""
        return await self.request("POST", "/v1/messages", body, **headers)

    async def rows(self, stream: str) -> list[list[Any]]:
        """All rows of a stream in history."""
        return await rows_of(self.broker, stream)

    async def values(self, stream: str) -> list[Any]:
        """The first value of each row."""
        return await values_of(self.broker, stream)

    async def spec(self, stream: str) -> dict[str, Any]:
        return await spec_of(self.broker, stream)

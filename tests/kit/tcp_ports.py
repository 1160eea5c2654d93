"""Both TCP ports of ingest-tcp in the test's own loop, on a real broker, and publishers to drive them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from typing import Any, Self

from kit.history import rows_of, spec_of, values_of
from kit.waiting import until_async
from windsock.ingest_tcp.door import Door
from windsock.ingest_tcp.letters import LetterSplitter
from windsock.shared.broker import RedisBroker
from windsock.shared.framing import ObjectSplitter
from windsock.shared.intake import Intake
from windsock.shared.listen import listen
from windsock.shared.settings import Settings

__all__ = ["Publisher", "TcpPorts"]

Line = dict[str, Any]


class Publisher:
    """A connection to a port, as a test drives it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *messages: object, separator: bytes = b"") -> None:
        """Send messages in one write; bytes as they are, anything else as JSON."""
        self._writer.write(separator.join(as_bytes(message) for message in messages))
        await self._writer.drain()

    async def send_letters(self, *messages: object) -> None:
        """Send messages with their length in front."""
        await self.send(*(struct.pack(">L", len(as_bytes(message))) + as_bytes(message) for message in messages))

    def end(self) -> None:
        """Say that nothing more comes (shutdown of the sending side)."""
        self._writer.write_eof()

    async def line(self) -> Line | None:
        """The next answer; None at the end of the connection."""
        text = await asyncio.wait_for(self._reader.readline(), 10)
        return json.loads(text) if text else None

    async def text(self) -> str:
        """All that is said until the end of the connection, as it is."""
        return (await asyncio.wait_for(self._reader.read(), 10)).decode()

    async def lines(self) -> list[Line]:
        """All answers until the end of the connection."""
        found: list[Line] = []
        while (line := await self.line()) is not None:
            found.append(line)
        return found

    async def ack(self, count: int) -> list[Line]:
        """Wait for the acknowledgement of so many messages; the errors that came before it."""
        errors: list[Line] = []
        while True:
            line = await self.line()
            assert line is not None, f"the connection ended before {count} messages were acknowledged"
            if "error" in line:
                errors.append(line["error"])
            elif line["ack"] >= count:
                assert line["ack"] == count
                return errors

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


def as_bytes(message: object) -> bytes:
    return message if isinstance(message, bytes) else json.dumps(message).encode()


class TcpPorts:
    """The two ports and what they stored."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.broker = RedisBroker(settings, "test")
        intakes = [Intake(self.broker, settings, way) for way in ("tcp", "tcp_large")]
        self.small = Door(settings, intakes[0], lambda: ObjectSplitter(settings.max_message, settings.max_depth))
        self.large = Door(settings, intakes[1], lambda: LetterSplitter(settings.max_large_message))
        self._tasks = [
            asyncio.create_task(work)
            for work in (*(intake.run() for intake in intakes), self.small.look_after(), self.large.look_after())
        ]
        self._publishers: list[Publisher] = []

    async def __aenter__(self) -> Self:
        self._ports: dict[Door, int] = {}
        for door in (self.small, self.large):
            listener = listen("127.0.0.1", 0, "tcp_port")
            self._ports[door] = listener.getsockname()[1]
            await door.open(listener)
        return self

    async def __aexit__(self, *_: object) -> None:
        for publisher in self._publishers:
            await publisher.close()
        for door in self._ports:
            await door.stop_listening()
            await door.stop_reading()
            await door.close()
        for task in self._tasks:
            task.cancel()
        await self.broker.close()

    def port(self, *, large: bool = False) -> int:
        return self._ports[self.large if large else self.small]

    async def connect(self, *, large: bool = False) -> Publisher:
        """A new publisher."""
        publisher = Publisher(*await asyncio.open_connection("127.0.0.1", self.port(large=large)))
        self._publishers.append(publisher)
        return publisher

    async def connect_with_acks(self, *, large: bool = False, **hello: object) -> Publisher:
        """A new publisher that asked for acknowledgements."""
        publisher = await self.connect(large=large)
        greeting = {"hello": {"ack": True, **hello}}
        await (publisher.send_letters(greeting) if large else publisher.send(greeting))
        assert await publisher.line() == {"ack": 0}
        return publisher

    async def rows(self, stream: str) -> list[list[Any]]:
        """All rows of a stream in history."""
        return await rows_of(self.broker, stream)

    async def values(self, stream: str) -> list[Any]:
        """The first value of each row."""
        return await values_of(self.broker, stream)

    async def wait_for(self, stream: str, count: int) -> list[Any]:
        """The values of a stream, once there are so many."""

        async def there() -> bool:
            return len(await self.rows(stream)) >= count

        await until_async(there, f"{count} rows of {stream!r} are in history")
        return await self.values(stream)

    async def spec(self, stream: str) -> dict[str, Any]:
        return await spec_of(self.broker, stream)

"""The least that a Python server of messages can do: split at newlines, look at nothing, send them to Redis packed as one XADD and one PUBLISH a flush.

What is between this and Windsock is the price of validation and of knowing the streams apart. argv: port, Redis socket path.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

FLUSH_MESSAGES = 2_000  # where Windsock caps a flush too
KEPT = b"100"  # entries, each a whole flush: tens of megabytes


class Broker(asyncio.Protocol):
    """Packs what waits into one pair of commands; the next pair goes out when the former's replies are in."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._replies = 0
        self._asked = 0
        self._total = 0
        self._transport: asyncio.Transport | None = None
        self.paused: list[asyncio.Transport] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to Redis."""
        self._transport = cast("asyncio.Transport", transport)

    def add(self, messages: list[bytes], source: asyncio.Transport) -> None:
        """Take whole messages."""
        self._waiting.extend(messages)
        if self._asked == self._replies:
            self._flush()
        elif len(self._waiting) >= FLUSH_MESSAGES and not source.is_closing():
            source.pause_reading()
            self.paused.append(source)

    def data_received(self, data: bytes) -> None:
        """Count the replies; when all are in, send what has gathered meanwhile."""
        if data.startswith(b"-"):
            raise SystemExit(data.decode())
        # Two replies: a bulk string with the entry's id (two lines) and an integer (one line).
        self._replies += data.count(b"\r\n")
        if self._replies >= self._asked:
            if self._waiting:
                self._flush()
            for source in self.paused:
                source.resume_reading()
            self.paused.clear()

    def _flush(self) -> None:
        payload = b",".join(self._waiting)
        self._total += len(self._waiting)
        self._waiting.clear()
        self._asked += 3
        entry = b"%d-0" % self._total
        packed = b"$%d\r\n%b\r\n" % (len(payload), payload)
        cast("asyncio.Transport", self._transport).writelines(
            [
                b"*8\r\n$4\r\nXADD\r\n$10\r\npeer:bare0\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$1\r\np\r\n"
                % (len(KEPT), KEPT, len(entry), entry),
                packed,
                b"*3\r\n$7\r\nPUBLISH\r\n$9\r\npeer:live\r\n",
                packed,
            ]
        )


class Intake(asyncio.Protocol):
    """A publisher's connection; keeps the piece after the last newline."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection, to pause it."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Split."""
        messages = (self._rest + data if self._rest else data).split(b"\n")
        self._rest = messages.pop()
        if messages:
            self._broker.add(messages, cast("asyncio.Transport", self._transport))


async def main() -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    _, broker = await loop.create_unix_connection(Broker, sys.argv[2])
    server = await loop.create_server(lambda: Intake(broker), "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())

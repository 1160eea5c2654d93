"""The least that a Python server of messages can do: split at newlines, look at nothing, send what came to Redis as one XADD and one PUBLISH a flush.

What is between this and Windsock is the price of validation. With `streams` it packs as Windsock does, an entry and a PUBLISH for each stream in the flush:
what stands before a message's first comma (`{"id":"..."`) is taken for its stream, unread. With `lump` it does not tell streams apart. argv: port, Redis
socket path, `streams` or `lump`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

FLUSH_MESSAGES = 2_000  # where Windsock caps a flush too
KEPT = b"100"  # entries of a stream, each a whole flush: tens of megabytes
REPLY_LINES = 3  # of an XADD (a bulk string: two lines) and a PUBLISH (an integer: one)

Groups = dict[bytes, list[bytes]]


class Broker(asyncio.Protocol):
    """Packs what waits into pairs of commands; the next go out when the replies of the former are in."""

    def __init__(self) -> None:
        self._groups: Groups = {}
        self._waiting = 0
        self._totals: dict[bytes, int] = {}
        self._replies_due = 0
        self._transport: asyncio.Transport | None = None
        self._paused: list[asyncio.Transport] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to Redis."""
        self._transport = cast("asyncio.Transport", transport)

    def add(self, messages: list[bytes], source: asyncio.Transport, *, by_stream: bool) -> None:
        """Take whole messages."""
        self._waiting += len(messages)
        groups = self._groups
        if by_stream:
            for message in messages:
                stream = message[: message.find(b",")]
                try:
                    groups[stream].append(message)
                except KeyError:
                    groups[stream] = [message]
        else:
            groups.setdefault(b"", []).extend(messages)
        if not self._replies_due:
            self._flush()
        elif self._waiting >= FLUSH_MESSAGES and not source.is_closing():
            source.pause_reading()
            self._paused.append(source)

    def data_received(self, data: bytes) -> None:
        """Count the replies; when all are in, send what has gathered meanwhile."""
        if data.startswith(b"-"):
            raise SystemExit(data.decode())
        self._replies_due -= data.count(b"\r\n")
        if not self._replies_due:
            if self._waiting:
                self._flush()
            for source in self._paused:
                source.resume_reading()
            self._paused.clear()

    def _flush(self) -> None:
        commands: list[bytes] = []
        for stream, messages in self._groups.items():
            payload = b",".join(messages)
            total = self._totals[stream] = self._totals.get(stream, 0) + len(messages)
            key, entry = b"peer:bare:" + stream, b"%d-0" % total
            packed = b"$%d\r\n%b\r\n" % (len(payload), payload)
            commands += (
                b"*8\r\n$4\r\nXADD\r\n$%d\r\n%b\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$1\r\np\r\n"
                % (len(key), key, len(KEPT), KEPT, len(entry), entry),
                packed,
                b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%b\r\n" % (len(key), key),
                packed,
            )
        self._replies_due = REPLY_LINES * len(self._groups)
        self._groups = {}
        self._waiting = 0
        cast("asyncio.Transport", self._transport).writelines(commands)


class Intake(asyncio.Protocol):
    """A publisher's connection; keeps the piece after the last newline."""

    def __init__(self, broker: Broker, *, by_stream: bool) -> None:
        self._broker = broker
        self._by_stream = by_stream
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
            self._broker.add(messages, cast("asyncio.Transport", self._transport), by_stream=self._by_stream)


async def main() -> None:
    """Serve until killed."""
    port, path, packing = sys.argv[1:]
    loop = asyncio.get_running_loop()
    _, broker = await loop.create_unix_connection(Broker, path)
    server = await loop.create_server(lambda: Intake(broker, by_stream=packing == "streams"), "127.0.0.1", int(port))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())

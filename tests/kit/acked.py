"""A publisher over TCP that numbers its messages and knows which were acknowledged: what it was promised, to be compared with what is kept."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

from kit.waiting import until_async

__all__ = ["AckedPublisher"]

WINDOW = 200
"""Messages sent and not acknowledged yet, at the most."""


class AckedPublisher:
    """Sends to its streams in turn, sample n of a stream with the value n, until it is left. A context manager."""

    def __init__(self, port: int, streams: Sequence[str], *, pause: float = 0.002) -> None:
        self.streams = list(streams)
        self.sent: Counter[str] = Counter()
        self.acked = 0
        self._port = port
        self._pause = pause
        self._order: list[str] = []
        self._on = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(b'{"hello": {"ack": true}}\n')
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._read())]
        self.go_on()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results

    def pause(self) -> None:
        """Send nothing until `go_on`."""
        self._on.clear()

    def go_on(self) -> None:
        """Send."""
        self._on.set()

    @property
    def promised(self) -> Counter[str]:
        """How many samples of each stream were acknowledged."""
        return Counter(self._order[: self.acked])

    async def until_acked(self, more: int, seconds: float = 30.0) -> None:
        """Wait until so many more than now are acknowledged."""
        goal = self.acked + more
        await until_async(
            lambda: self.acked >= goal or any(task.done() for task in self._tasks), f"{more} acks", seconds
        )
        assert self.acked >= goal, [task.exception() for task in self._tasks if task.done()]

    async def stop(self) -> None:
        """Send no more, and wait until all is acknowledged."""
        self.pause()
        await until_async(lambda: self.acked == len(self._order), "all is acknowledged", 30)

    async def _send(self) -> None:
        number = 0
        while True:
            await self._on.wait()
            if len(self._order) - self.acked < WINDOW:
                stream = self.streams[number % len(self.streams)]
                number += 1
                self.sent[stream] += 1
                count = self.sent[stream]
                message: dict[str, Any] = {"id": stream, "value": count, "source": "p", "seq": count}
                self._order.append(stream)
                self._writer.write(json.dumps(message).encode())
                await self._writer.drain()
            await asyncio.sleep(self._pause)

    async def _read(self) -> None:
        while line := await self._reader.readline():
            answer = json.loads(line)
            assert "ack" in answer, f"an error instead of an acknowledgement: {answer}"
            self.acked = answer["ack"]
        raise ConnectionError("ingest-tcp closed the connection")

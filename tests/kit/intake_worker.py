"""An intake with its writer running, as a worker has it, on a real broker."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import Code, WindsockError
from windsock.shared.intake import Intake
from windsock.shared.settings import Settings

__all__ = ["NOW", "Worker"]

NOW = 1_753_000_000_000
"""When all messages arrive."""


class Worker:
    """See the module; and what its senders were told."""

    def __init__(self, settings: Settings, patience: float | None = None) -> None:
        self.broker = RedisBroker(settings, "test")
        self.intake = Intake(self.broker, settings, "tcp", patience=patience)
        self.told: list[tuple[int, Code, str]] = []
        self.task = asyncio.create_task(self.intake.run())

    def refused(self, index: int, error: WindsockError) -> None:
        self.told.append((index, error.code, error.message))

    def accept(self, *messages: object, trusted: bool = True) -> None:
        for index, message in enumerate(messages):
            raw = message if isinstance(message, bytes) else json.dumps(message).encode()
            self.intake.accept(raw, NOW, self, index, trusted=trusted)

    async def store(self, *messages: object) -> None:
        """Store messages, in one flight."""
        self.accept(*messages)
        await asyncio.wait_for(self.intake.flight.done(), 10)

    async def rows(self, stream: str) -> list[Any]:
        history = await self.broker.read(stream)
        return [row for entry in history.entries for row in json.loads(b"[%b]" % entry.payload)]

    async def spec(self, stream: str) -> dict[str, Any]:
        (spec,) = await self.broker.specs([stream])
        assert spec is not None, f"there is no stream {stream!r}"
        return spec.fields

    async def close(self) -> None:
        self.task.cancel()
        await self.broker.close()

"""The board's own way in: one camera at a time, checked and stored as the ingest services do it, with the same code.

It belongs here and not behind a hop to ingest-http: a board may be open to people whom the publishers' ports are not, and the web service's door has checked
host and origin already. Everything else is the intake's: the contract, the URL's kind, the password kept apart, one atomic write.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.intake import Intake
from windsock.shared.runtime import now_ms

if TYPE_CHECKING:
    from windsock.shared.broker import RedisBroker
    from windsock.shared.settings import Settings
    from windsock.shared.wire import Camera

__all__ = ["FeedDoor"]

STORE_SECONDS: Final = 5.0
OPTIONS: Final = {"fps", "height", "quality", "passthrough", "certificate"}
AT_ONCE: Final = 16
"""Cameras under way at a time: people type them."""


class _Person:
    """Is told what was found wrong only when the stream had been looked up."""

    error: WindsockError | None = None

    def refused(self, index: int, error: WindsockError) -> None:  # noqa: ARG002  # there is but one message
        self.error = error


class FeedDoor:
    """See the module. `run` must run."""

    def __init__(self, broker: RedisBroker, settings: Settings) -> None:
        self._intake = Intake(broker, settings, "board", patience=STORE_SECONDS)
        self._under_way = 0

    async def run(self) -> None:
        """Store what is added, until cancelled."""
        await self._intake.run()

    async def add(self, stream: str, camera: Camera) -> None:
        """Register a camera, or change it; stored when this returns.

        Raises:
            WindsockError: refused, or not stored.
        """
        if self._under_way >= AT_ONCE:
            raise WindsockError(Code.TOO_MANY_REQUESTS, "other cameras are being added; try again in a moment")
        message: dict[str, Any] = {"id": stream, "type": "video_stream", "value": camera.url}
        message |= {name: value for name in ("name", "group") if (value := getattr(camera, name)) is not None}
        message["config"] = camera.model_dump(include=OPTIONS, exclude_none=True)
        person = _Person()
        self._under_way += 1
        try:
            flight = self._intake.flight
            self._intake.accept(codec.encode(message), now_ms(), person)
            async with asyncio.timeout(2 * STORE_SECONDS):
                await flight.done()
        except TimeoutError:
            raise WindsockError(Code.UNAVAILABLE, "the broker does not answer; nothing was stored") from None
        finally:
            self._under_way -= 1
        if person.error is not None:
            raise person.error

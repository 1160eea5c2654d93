"""A publisher in two lines, for other people's programs: it needs nothing but Python.

from windsock.client import Stream
Stream("cpu", legend=["user", "sys"]).send(41, 18)
"""

from typing import TYPE_CHECKING, Any

from windsock.client.errors import WindsockError
from windsock.client.handler import StreamHandler
from windsock.client.outbox import Stats
from windsock.client.process import finish
from windsock.client.schedule import Schedule
from windsock.client.stream import Stream

if TYPE_CHECKING:
    from windsock.client.aio import AsyncStream

__all__ = ["AsyncStream", "Schedule", "Stats", "Stream", "StreamHandler", "WindsockError", "finish"]


def __getattr__(name: str) -> Any:
    # asyncio takes as long to load as everything else together: only those pay for it who use it.
    if name == "AsyncStream":
        from windsock.client.aio import AsyncStream  # noqa: PLC0415

        return AsyncStream
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

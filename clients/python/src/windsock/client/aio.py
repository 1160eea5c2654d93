"""The asyncio twin: the same stream, with `await` where it may have to wait. A slow server slows the program's loop of samples instead of costing samples."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING, Any, Self, Unpack

from windsock.client.process import EXIT_SECONDS
from windsock.client.stream import Stream

if TYPE_CHECKING:
    from types import TracebackType

    from windsock.client.look import Look, StreamType
    from windsock.client.outbox import Stats
    from windsock.client.reading import Samples
    from windsock.client.reports import OnError

__all__ = ["AsyncStream"]


class AsyncStream:
    """One stream, for programs on asyncio. Arguments as for `Stream`; `on_error` is called in the background thread."""

    def __init__(
        self,
        id: str | int,  # noqa: A002  # the contract's word
        type: StreamType | None = None,  # noqa: A002  # the contract's word
        *,
        server: str | None = None,
        key: str | None = None,
        strict: bool = False,
        on_error: OnError | None = None,
        queue: int | None = None,
        board: str | None = None,
        **look: Unpack[Look],
    ) -> None:
        self._stream = Stream(
            id, type, server=server, key=key, strict=strict, on_error=on_error, queue=queue, board=board, **look
        )

    @property
    def id(self) -> str:
        """The stream's id."""
        return self._stream.id

    async def send(self, *values: Any, time: Any = None) -> None:
        """As `Stream.send`; waits while as many samples wait as may."""
        await self._room()
        self._stream.send(*values, time=time)

    async def text(self, line: str, *, level: str | None = None, time: Any = None) -> None:
        """As `Stream.text`."""
        await self._room()
        self._stream.text(line, level=level, time=time)

    async def image(self, picture: Any, *, time: Any = None) -> None:
        """As `Stream.image`; a file is read in a thread."""
        await self._room()
        await asyncio.to_thread(self._stream.image, picture, time=time)

    def look(self, **look: Unpack[Look]) -> None:
        """As `Stream.look`."""
        self._stream.look(**look)

    async def read(
        self, from_: Any = None, to: Any = None, *, max_points: int | None = None, limit: int | None = None
    ) -> Samples:
        """As `Stream.read`."""
        return await asyncio.to_thread(self._stream.read, from_, to, max_points=max_points, limit=limit)

    def _repr_html_(self) -> str:
        """As `Stream`'s: in a notebook, its panel."""
        return self._stream._repr_html_()  # pyright: ignore[reportPrivateUsage]  # one and the same thing

    async def flush(self, timeout: float | None = EXIT_SECONDS) -> bool:  # noqa: ASYNC109  # the same as Stream's
        """As `Stream.flush`."""
        return await asyncio.to_thread(self._stream.flush, timeout)

    async def close(self, timeout: float | None = EXIT_SECONDS) -> bool:  # noqa: ASYNC109  # the same as Stream's
        """As `Stream.close`."""
        return await asyncio.to_thread(self._stream.close, timeout)

    @property
    def stats(self) -> Stats:
        """As `Stream.stats`."""
        return self._stream.stats

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._stream.__exit__, kind, error, trace)

    async def _room(self) -> None:
        outbox = self._stream.outbox
        if not outbox.full:
            return
        loop = asyncio.get_running_loop()
        while outbox.full:
            room: asyncio.Future[None] = loop.create_future()
            outbox.when_room(functools.partial(_settle_in, loop, room))
            await room


def _settle_in(loop: asyncio.AbstractEventLoop, room: asyncio.Future[None]) -> None:
    """Called from the background thread."""
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(_settle, room)


def _settle(room: asyncio.Future[None]) -> None:
    if not room.done():
        room.set_result(None)

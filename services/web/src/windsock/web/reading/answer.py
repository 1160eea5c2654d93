"""A long answer, sent as it is made and no faster than it is taken: what is short is sent whole, with its length.

A reader that takes nothing for too long is cut off, and so is an answer that can't be finished: the connection ends before the last chunk, which every HTTP
client notices.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from typing import Any, Final

from fastapi.responses import Response

from windsock.shared.errors import WindsockError
from windsock.web.fastwrite import http_wire_of
from windsock.web.metrics import READS

__all__ = ["GrowingResponse"]

log = logging.getLogger(__name__)

WHOLE_BYTES: Final = 64 * 1024
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class GrowingResponse(Response):
    """See the module. `done` is called at the end, however that comes."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        headers: Mapping[str, str],
        stall: float,
        done: Callable[[], None],
    ) -> None:
        super().__init__(None, 200, headers)
        self._pieces = pieces
        self._stall = stall
        self._done = done

    async def __call__(self, scope: Message, _receive: object, send: Send) -> None:
        result = "broken_off"
        try:
            result = await self._answer(send)
        finally:
            READS.labels(result).inc()
            self._done()
            wire = http_wire_of(scope)
            if result == "stalled" and wire is not None:
                wire.abort()  # what is unsent would be kept for as long as it likes

    async def _answer(self, send: Send) -> str:
        started = False
        waiting = bytearray()
        async with aclosing(self._pieces) as pieces:
            try:
                async for piece in pieces:
                    waiting += piece
                    if len(waiting) >= WHOLE_BYTES:
                        if not started:
                            await self._start(send, None)
                            started = True
                        await self._give(send, bytes(waiting), more=True)
                        waiting.clear()
            except WindsockError as error:
                if not started:
                    raise  # nothing was said yet: an error can still be told
                log.warning("an answer was broken off: %s", error.message)
                return error.code.value
            except TimeoutError:
                return "stalled"
        try:
            if not started:
                await self._start(send, len(waiting))
            await self._give(send, bytes(waiting), more=False)
        except TimeoutError:
            return "stalled"
        return "ok"

    async def _start(self, send: Send, length: int | None) -> None:
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        if length is not None:
            headers.append((b"content-length", b"%d" % length))
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})

    async def _give(self, send: Send, body: bytes, *, more: bool) -> None:
        async with asyncio.timeout(self._stall):
            await send({"type": "http.response.body", "body": body, "more_body": more})

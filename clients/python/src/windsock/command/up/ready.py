"""Whether a service is ready: its own word, on /readyz."""

from __future__ import annotations

import asyncio
import contextlib

POLL_SECONDS = 0.03
ANSWER_SECONDS = 2.0
MAX_ANSWER = 4096


class Readiness:
    """Asks one service until it says yes, and remembers why it said no."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        self.last = "it does not answer yet"
        self._host = host.strip("[]")
        self._port = port

    async def wait(self) -> None:
        """Return once the service is ready."""
        while not await self._asked():  # noqa: ASYNC110 - another process has no event of ours to wait for
            await asyncio.sleep(POLL_SECONDS)

    async def _asked(self) -> bool:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    answer = await reader.read(MAX_ANSWER)
                finally:
                    writer.close()
            status = int(answer.split(b" ", 2)[1])
            self.last = (
                answer.partition(b"\r\n\r\n")[2].decode(errors="replace").strip() or f"it answers with status {status}"
            )
            return status == 200
        return False

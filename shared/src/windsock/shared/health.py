"""`/healthz`, `/readyz` and `/metrics`: alive, fit to serve, and what was counted.

Ready means that every check passes: the broker answers, and the service's own subscription brings its probe back. The answers are computed apart from how
they are served, so that services with an HTTP server of their own mount them there, and the others serve them on a small port.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from windsock.shared.broker.port import Broker
from windsock.shared.errors import WindsockError
from windsock.shared.listen import listen
from windsock.shared.metrics import BROKER_UP

__all__ = ["Answer", "BrokerWatch", "Health", "serve_health", "watch_broker"]

log = logging.getLogger(__name__)

PING_SECONDS: Final = 1.0
REQUEST_SECONDS: Final = 5.0

Check = Callable[[], str | None]
"""Returns None when all is well, else what is wrong."""


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    content_type: str
    body: bytes


class Health:
    """The checks of one service."""

    def __init__(self, service: str, version: str) -> None:
        self._about: Final = {"service": service, "version": version}
        self._checks: dict[str, Check] = {}

    def add(self, name: str, check: Check) -> None:
        """Ready only while `check` returns None."""
        self._checks[name] = check

    def answer(self, path: str) -> Answer | None:
        """The answer for a path, None if it is not ours."""
        if path == "/healthz":
            return self._json(200, {"status": "alive"})
        if path == "/readyz":
            problems = {name: problem for name, check in self._checks.items() if (problem := check()) is not None}
            return self._json(
                503 if problems else 200, {"status": "not ready" if problems else "ready", "problems": problems}
            )
        if path == "/metrics":
            return Answer(200, CONTENT_TYPE_LATEST, generate_latest())
        return None

    def _json(self, status: int, body: dict[str, object]) -> Answer:
        return Answer(status, "application/json", json.dumps(self._about | body).encode())


class BrokerWatch:
    """Whether the broker answers, asked once a second."""

    def __init__(self) -> None:
        self.problem: str | None = "not asked yet"

    def check(self) -> str | None:
        """For `Health.add`."""
        return self.problem


async def watch_broker(broker: Broker, watch: BrokerWatch) -> None:
    """Ask the broker once a second whether it is there, and log when that changes."""
    while True:
        try:
            async with asyncio.timeout(PING_SECONDS * 3):
                await broker.ping()
            problem = None
        except WindsockError as error:
            problem = error.message
        except TimeoutError:
            problem = "the broker does not answer"
        if (problem is None) != (watch.problem is None) and not (problem and watch.problem == "not asked yet"):
            log.log(logging.WARNING if problem else logging.INFO, "broker: %s", problem or "answers")
        watch.problem = problem
        BROKER_UP.set(problem is None)
        await asyncio.sleep(PING_SECONDS)


async def serve_health(host: str, port: int, health: Health, setting: str) -> asyncio.Server:
    """Serve the three paths on a port of their own, which `setting` moves.

    Raises:
        CannotListen: the port is taken.
    """
    listener = listen(host, port, setting)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                method, target, *_ = request.split(b" ", 2)
                answer = (
                    health.answer(target.partition(b"?")[0].decode("latin-1")) if method in {b"GET", b"HEAD"} else None
                )
                answer = answer or Answer(404, "text/plain", b"not found\n")
                head = f"HTTP/1.1 {answer.status} {'OK' if answer.status == 200 else 'No'}\r\nContent-Type: {answer.content_type}\r\n"
                writer.write(f"{head}Content-Length: {len(answer.body)}\r\nConnection: close\r\n\r\n".encode())
                if method == b"GET":
                    writer.write(answer.body)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError, ValueError):
            pass  # whoever asked has gone, or does not speak HTTP: nobody is left to tell
        finally:
            writer.close()

    return await asyncio.start_server(handle, sock=listener, limit=8192)

"""How a service lives: tasks that are held and watched, a stop that is ordered and has a deadline, retries that back off.

`Service` runs a process's parts. A part that ends on its own, or raises, takes the process down with status 1 and says why: nothing stops silently. SIGTERM
and SIGINT ask for an orderly stop: parts are stopped in the order in which they were added (sources first), each with what is left of the deadline. Its status
is 0 even if the broker hangs and the deadline cuts a part off: that is logged, and is no fault of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import uvloop

__all__ = ["Backoff", "CannotStart", "Service", "main_loop", "now_ms"]

log = logging.getLogger(__name__)


class CannotStart(Exception):
    """A service can't begin as it is set. The message is for a person: what is wrong, the setting, and what to do."""


def now_ms() -> int:
    """Now, in milliseconds UTC."""
    return time.time_ns() // 1_000_000


class Backoff:
    """Waits that double, with jitter, so that a crowd that lost the same server does not come back at once."""

    def __init__(self, first: float = 0.1, most: float = 5.0) -> None:
        self._first = first
        self._most = most
        self._next = first

    def reset(self) -> None:
        """Start again at the first wait."""
        self._next = self._first

    async def wait(self, unless: asyncio.Event | None = None) -> None:
        """Sleep for the next wait, or until `unless` is set."""
        delay = self._next * random.uniform(0.5, 1.0)  # noqa: S311  # jitter
        self._next = min(self._next * 2, self._most)
        if unless is None:
            await asyncio.sleep(delay)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await unless.wait()


class Service:
    """One process's parts: add them sources first, then `await run()`. From its making on it is what hears SIGTERM, so make it before anything is accepted."""

    def __init__(self, name: str, shutdown_seconds: float) -> None:
        self.name: Final = name
        self._deadline: Final = shutdown_seconds
        self._tasks: dict[asyncio.Task[Any], str] = {}
        self._stops: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        self._stopping = asyncio.Event()
        self._failure: str | None = None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Hold a task that must live as long as the service."""
        task = asyncio.create_task(work, name=name)
        self._tasks[task] = name
        task.add_done_callback(self._ended)
        return task

    def on_stop(self, name: str, stop: Callable[[], Awaitable[None]]) -> None:
        """Call `stop` at the end, after those added before it."""
        self._stops.append((name, stop))

    def fail(self, reason: str) -> None:
        """End the service with status 1."""
        if self._failure is None and not self._stopping.is_set():
            self._failure = reason
            log.error("%s", reason)
        self._stopping.set()

    def stop(self) -> None:
        """Ask for an orderly stop."""
        self._stopping.set()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        name = self._tasks.pop(task, "?")
        if self._stopping.is_set():
            return
        if task.cancelled():
            self.fail(f"{name} was cancelled, and should not have been")
            return
        error = task.exception()
        if error is not None:
            log.error("task %s died", name, exc_info=error)
        self.fail(f"{name} {'died: ' + repr(error) if error else 'ended, and should not have'}")

    async def run(self) -> int:
        """Wait for a signal or a failure, then stop the parts in order. Returns the exit status."""
        # What stands at the start never dies: keep the collector from looking at it again and again. Full collections were the p99 of
        # the relay prototypes (120 ms at 500 viewers).
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        log.info("%s is up", self.name)
        await asyncio.sleep(0)  # every part has begun when the first one is stopped
        await self._stopping.wait()
        log.info("stopping")
        return await self._shut_down(asyncio.get_running_loop().time() + self._deadline)

    async def _shut_down(self, deadline: float) -> int:
        loop = asyncio.get_running_loop()
        for name, stop in self._stops:
            try:
                async with asyncio.timeout_at(deadline):
                    await stop()
            except TimeoutError:
                log.warning("stopping %s took too long", name)
            except Exception:
                log.exception("stopping %s failed", name)
                self._failure = self._failure or f"{name} failed to stop"
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=max(0.1, deadline - loop.time()))
        log.info("stopped")
        return 1 if self._failure else 0


def main_loop(main: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """Run a service's `main` on uvloop and exit with what it returns."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        status = runner.run(main())
        logging.shutdown()
        sys.stdout.flush()
        # Not `sys.exit`: all is stopped, but it would wait for threads, and one that asks a name server which is away can't be interrupted.
        os._exit(status)

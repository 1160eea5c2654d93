"""Functions that are called again and again, each with its period, and whose results are sent.

    cpu = Stream("cpu", unit="%")
    @cpu.every(1.0)
    def read_cpu(): return psutil.cpu_percent()

Each function has a thread of its own: one that hangs holds up no other. One that raises is logged, and called again when it is due.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from windsock.client.reports import QUIET_SECONDS, log

if TYPE_CHECKING:
    from types import TracebackType

    from windsock.client.stream import Stream

__all__ = ["Job", "JobState", "Schedule"]

F = TypeVar("F", bound=Callable[[], Any])


class JobState(Enum):
    """A job's life, in order."""

    NEW = "new"
    RUNNING = "running"
    STOPPED = "stopped"


class Job:
    """One function and its period.

    Args:
        function: called without arguments; what it returns is sent, a tuple as several numbers, None not at all.
        period: seconds from one call to the next. A call that takes longer skips those that it has missed.
        stream: where its results go; None: it sends by itself.
    """

    def __init__(self, function: Callable[[], Any], period: float, stream: Stream | None = None) -> None:
        if not period > 0:
            raise ValueError(f"a period is more than 0 seconds, this is {period!r}")
        self.name: Final[str] = getattr(function, "__name__", type(function).__name__)
        self.period: Final = period
        self.state = JobState.NEW
        self.calls = 0
        self.failures = 0
        self.missed = 0
        """Calls that were due while another was still under way."""
        self._function = function
        self._stream = stream
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._told = -QUIET_SECONDS

    def start(self) -> None:
        """Call it now, and then every period."""
        if self.state is not JobState.NEW:
            raise RuntimeError(f"{self.name} was started before")
        self.state = JobState.RUNNING
        self._thread = threading.Thread(target=self._run, name=f"windsock job {self.name}", daemon=True)
        self._thread.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Call it no more, and wait until a call under way has ended. False if that takes longer than `timeout`."""
        self.state = JobState.STOPPED
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)
            return not self._thread.is_alive()
        return True

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            self._call()
            due += self.period
            late = time.monotonic() - due
            if late > 0:
                missed = int(late / self.period)
                self.missed += missed
                due += missed * self.period

    def _call(self) -> None:
        self.calls += 1
        try:
            result = self._function()
            if result is not None and self._stream is not None:
                self._stream.send(*result) if isinstance(result, tuple) else self._stream.send(result)
        except Exception:  # noqa: BLE001  # the program's own function: told, with its trace, and called again
            self.failures += 1
            now = time.monotonic()
            if now - self._told >= QUIET_SECONDS:
                self._told = now
                log.exception("%s failed (%d times so far)", self.name, self.failures)


class Schedule:
    """Several jobs that start and stop together. A context manager: started on entry, stopped on exit."""

    def __init__(self) -> None:
        self.jobs: Final[list[Job]] = []
        self._running = False

    def add(self, function: Callable[[], Any], period: float, stream: Stream | None = None) -> Job:
        """One more job; it starts at once if the schedule runs."""
        job = Job(function, period, stream)
        self.jobs.append(job)
        if self._running:
            job.start()
        return job

    def every(self, period: float, stream: Stream | None = None) -> Callable[[F], F]:
        """The same as a decorator."""

        def add(function: F) -> F:
            self.add(function, period, stream)
            return function

        return add

    def start(self) -> None:
        """Start all jobs."""
        self._running = True
        for job in self.jobs:
            if job.state is JobState.NEW:
                job.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """Stop all jobs; False if a call was still under way after `timeout` seconds."""
        self._running = False
        deadline = time.monotonic() + timeout
        for job in self.jobs:
            job.stop(0)  # all at once, then wait for each
        return all(job.stop(max(0.0, deadline - time.monotonic())) for job in self.jobs)

    def run(self, seconds: float | None = None) -> None:
        """Run until interrupted, or for so many seconds; then stop."""
        with self, contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait(seconds)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

"""A process that gets a share of one core and no more: stopped and let go on many times a second."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Self

__all__ = ["Starved"]


class Starved:
    """A context manager. The share may be changed meanwhile; on exit the process has what it had before."""

    def __init__(self, pid: int, share: float, period: float = 0.03) -> None:
        self.share = share
        self._pid = pid
        self._period = period
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._cores = os.sched_getaffinity(pid)

    def __enter__(self) -> Self:
        self._pin({min(self._cores)})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)
        self._pin(self._cores)

    def _pin(self, cores: set[int]) -> None:
        for thread in Path(f"/proc/{self._pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                os.kill(self._pid, signal.SIGSTOP)
                self._ended.wait(self._period * (1 - self.share))
                os.kill(self._pid, signal.SIGCONT)
                self._ended.wait(self._period * self.share)
        finally:
            os.kill(self._pid, signal.SIGCONT)

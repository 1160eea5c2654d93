"""A running `windsock up` in a folder of its own, on free ports: what people start, as people start it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Self

from kit.processes import command_of, descendants
from kit.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FREE_PORTS", "RunningTree"]

FREE_PORTS = {
    f"WINDSOCK_{name}_PORT": "0"
    for name in ("WEB", "TCP", "TCP_LARGE", "HTTP", "INGEST_TCP_HEALTH", "INGEST_REDIS_HEALTH", "VIDEO_HEALTH")
}
START_SECONDS = 90.0


class RunningTree:
    """A context manager: started on entry, killed on exit if the test has not stopped it. `env` comes on top of ours."""

    def __init__(self, folder: Path, *arguments: str, **env: str) -> None:
        self.folder = folder
        self._arguments = arguments
        self._env = env
        self._lines: list[str] = []

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "windsock.command", "up", *self._arguments],
            cwd=self.folder,
            env={**os.environ, **FREE_PORTS, "WINDSOCK_OPEN_BROWSER": "0", **self._env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._reader.join(5)
        if self.process.stdout:
            self.process.stdout.close()

    @property
    def output(self) -> str:
        """All that it has printed."""
        return "".join(self._lines)

    def ready(self) -> Self:
        """Wait until it says that it is up."""
        until(
            lambda: ("Windsock is up" in self.output and "stop   " in self.output) or self.ended,
            "windsock up is ready",
            START_SECONDS,
        )
        assert not self.ended, f"windsock up ended instead of starting:\n{self.output}"
        return self

    @property
    def ended(self) -> bool:
        """Whether the launcher has ended."""
        return self.process.poll() is not None

    @property
    def board(self) -> str:
        """The board's address."""
        return self._said(r"board  (http://\S+/)")

    @property
    def redis_url(self) -> str:
        """The embedded broker's address, as people are told it."""
        return self._said(r"Redis (redis://\S+)")

    @property
    def http_url(self) -> str:
        """Where messages go over HTTP."""
        return self._said(r"HTTP (http://\S+/)")

    @property
    def tcp_port(self) -> int:
        """Where messages go over TCP."""
        return int(self._said(r"TCP \S+:(\d+) and"))

    @property
    def tcp_large_port(self) -> int:
        """Where large messages go over TCP."""
        return int(self._said(r"TCP \S+ and \S+:(\d+),"))

    def processes(self) -> dict[int, str]:
        """All that it has started, with their command lines."""
        return {pid: command_of(pid) for pid in descendants(self.process.pid)}

    def pid_of(self, part: str) -> int:
        """The one process whose command line holds `part`."""
        [pid] = [pid for pid, command in self.processes().items() if part in command]
        return pid

    def stop(self, signum: signal.Signals = signal.SIGINT, seconds: float = 10.0) -> int:
        """Ask it to stop, and give its exit status."""
        self.process.send_signal(signum)
        status = self.process.wait(seconds)
        self._reader.join(5)
        return status

    def wait(self, seconds: float = START_SECONDS) -> int:
        """Wait until it ends by itself, and give its exit status."""
        status = self.process.wait(seconds)
        self._reader.join(5)
        return status

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()

    def _said(self, pattern: str) -> str:
        match = re.search(pattern, self.output)
        assert match, f"no {pattern!r} in:\n{self.output}"
        return match[1]

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.append(line)

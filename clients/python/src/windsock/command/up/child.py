"""One process of the tree, from its start to its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from windsock.command.up.console import Console

GUARD = Path(__file__).with_name("guard.py")
TAIL_LINES = 12  # enough for a traceback's end, shown when the process died
MAX_LINE = 16_384
READ_SIZE = 65_536


class State(Enum):
    """A child's life, in order."""

    NEW = "new"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"


class Child:
    """Starts a program in a process group of its own, carries its lines to the console, and knows how it ended."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], console: Console) -> None:
        self.name = name
        self.state = State.NEW
        # Its lines are then kept for the end only, in case that it fails: what a broker says while it starts or stops is of no use to a person.
        self.quiet = False
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.ended = asyncio.Event()
        self._argv = list(argv)
        self._env = dict(env)
        self._console = console
        self._process: asyncio.subprocess.Process | None = None
        self._life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the program; from here on it cannot outlive us."""
        if self.state is not State.NEW:
            raise RuntimeError(f"{self.name} was started before")
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(GUARD), str(os.getpid())),
            *self._argv,
            env=self._env,
            # Held open by us alone: its end tells the guard that we are gone.
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C reaches the launcher only, which stops everything in order.
            start_new_session=True,
        )
        self.state = State.RUNNING
        self._life = asyncio.create_task(self._live(self._process), name=f"life of {self.name}")

    @property
    def died(self) -> bool:
        """Whether it ended without having been asked to."""
        return self.state is State.RUNNING and self.ended.is_set()

    @property
    def fate(self) -> str:
        """How it ended, for a sentence."""
        code = self._process.returncode if self._process else None
        if code is None:
            return "still runs"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with status {code}"

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself and was content."""
        return self._process is not None and self._process.returncode == 0

    async def stop(self, seconds: float) -> bool:
        """Ask it to end; kill it if it has not within `seconds`. False if it had to be killed."""
        if self.state is State.NEW:
            return True
        self.state = State.STOPPING
        if self._process and not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(seconds):
                await self.ended.wait()
            in_time = True
        except TimeoutError:
            in_time = False
        self.kill()
        await self.ended.wait()
        self.state = State.ENDED
        return in_time

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _live(self, process: asyncio.subprocess.Process) -> None:
        reading = asyncio.create_task(self._read(process.stdout), name=f"lines of {self.name}")
        try:
            await process.wait()
            # A grandchild may hold the pipe open; the process itself has said all that it will.
            await asyncio.wait([reading], timeout=0.2)
        finally:
            reading.cancel()
            self.ended.set()

    async def _read(self, stream: asyncio.StreamReader | None) -> None:
        rest = b""
        while stream is not None and (chunk := await stream.read(READ_SIZE)):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAX_LINE:
                lines.append(rest)
                rest = b""
            for line in lines:
                self._take(line)
        if rest:
            self._take(rest)

    def _take(self, line: bytes) -> None:
        text = line[:MAX_LINE].decode(errors="replace").rstrip("\r")
        self.tail.append(text)
        if not self.quiet:
            self._console.line(self.name, text)

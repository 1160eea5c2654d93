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
from typing import TYPE_CHECKING, cast

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from windsock.command.up.console import Console

GUARD = Path(__file__).with_name("guard.py")
TAIL_LINES = 12  # enough for a traceback's end, shown when the process died
MAX_LINE = 16_384
STDOUT = 1
LAST_WORDS_SECONDS = 0.2  # how long after the end its output may still come in


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
        # Its lines are then kept for the end only, in case that it fails: what a broker says while it starts is of no use to a person.
        self.quiet = False
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.ended = asyncio.Event()
        self._argv = list(argv)
        self._env = dict(env)
        self._console = console
        self._transport: asyncio.SubprocessTransport | None = None

    async def start(self) -> None:
        """Start the program; from here on it cannot outlive us."""
        if self.state is not State.NEW:
            raise RuntimeError(f"{self.name} was started before")
        self._transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: _Ear(self.hear, self.ended),
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

    def hear(self, line: bytes) -> None:
        """Take a line that the program said."""
        text = line[:MAX_LINE].decode(errors="replace").rstrip("\r")
        self.tail.append(text)
        if not self.quiet:
            self._console.line(self.name, text)

    @property
    def died(self) -> bool:
        """Whether it ended without having been asked to."""
        return self.state is State.RUNNING and self.ended.is_set()

    @property
    def status(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._transport.get_returncode() if self._transport else None

    @property
    def fate(self) -> str:
        """How it ended, for a sentence."""
        if self.status is None:
            return "still runs"
        if self.status < 0:
            return f"was ended by {signal.Signals(-self.status).name}"
        return f"ended with status {self.status}"

    async def stop(self, seconds: float) -> bool:
        """Ask it to end; kill it if it has not within `seconds`. False if it had to be killed."""
        if self.state is State.NEW:
            return True
        self.state = State.STOPPING
        if self._transport and not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                self._transport.send_signal(signal.SIGTERM)
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
        if self._transport is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._transport.get_pid(), signal.SIGKILL)


class _Ear(asyncio.SubprocessProtocol):
    """Cuts what a program says into lines, and notices its end: also when a program that it started holds the pipe open."""

    def __init__(self, hear: Callable[[bytes], None], ended: asyncio.Event) -> None:
        self._hear = hear
        self._ended = ended
        self._rest = b""
        self._transport: asyncio.SubprocessTransport | None = None
        self._exited = self._silent = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    @override
    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._hear(line)

    @override
    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == STDOUT:
            self._silent = True
            self._finish_if_over()

    @override
    def process_exited(self) -> None:
        self._exited = True
        self._finish_if_over()
        asyncio.get_running_loop().call_later(LAST_WORDS_SECONDS, self._finish)

    def _finish_if_over(self) -> None:
        if self._exited and self._silent:
            self._finish()

    def _finish(self) -> None:
        if self._ended.is_set():
            return
        if self._rest:
            self._hear(self._rest)
        if self._transport:
            self._transport.close()
        self._ended.set()

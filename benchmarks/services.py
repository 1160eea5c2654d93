"""Windsock's own services as measured processes: nothing but their public faces is used, the settings, the ports and the keys in Redis."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, cast

from benchmarks.processes import LOAD_CPU, SERVER_CPU, Child, Valkey, free_port

from windsock.shared.keys import Keys

if TYPE_CHECKING:
    from benchmarks.harness import Setup

__all__ = ["Stack"]

SETTLE_SECONDS = 30.0
KEYS = Keys()


class Stack:
    """A broker with Windsock services on it, in a folder of their own."""

    def __init__(self, setup: Setup, name: str, *, pinned: bool = True) -> None:
        self._setup = setup
        self._folder = setup.folder / name
        self._pinned = pinned
        self.broker = setup.stack.enter_context(Valkey(self._folder, cpus=LOAD_CPU if pinned else None))

    def start(self, service: str, port_setting: str, *, measured: bool, **settings: object) -> tuple[Child, int]:
        """Start `python -m windsock.<service>`; its main port is free and known when this returns. `measured`: it gets the core kept for that."""
        port = free_port()
        values: dict[str, object] = {
            "redis_url": self.broker.url,
            "bind": "127.0.0.1",
            "tcp_port": 0,
            "tcp_large_port": 0,
            "http_port": 0,
            "web_port": 0,
            "ingest_tcp_health_port": 0,
            "ingest_redis_health_port": 0,
            "log_level": "warning",
            **settings,
            port_setting: port,
        }
        child = Child(
            service,
            [sys.executable, "-m", f"windsock.{service}"],
            folder=self._folder,
            cwd=self._folder,  # where no .env file lies
            env={f"WINDSOCK_{name.upper()}": str(value) for name, value in values.items()},
            cpus=(SERVER_CPU if measured else LOAD_CPU) if self._pinned else None,
        )
        return self._setup.stack.enter_context(child).wait_for_port(port), port

    def ingest_tcp(self, *, measured: bool = True, **settings: object) -> tuple[Child, int]:
        """TCP ingest and its port for messages."""
        return self.start("ingest_tcp", "tcp_port", measured=measured, **settings)

    def ingest_http(self, *, measured: bool = True, **settings: object) -> tuple[Child, int]:
        """HTTP ingest and its port."""
        return self.start("ingest_http", "http_port", measured=measured, **settings)

    def web(self, *, measured: bool = True, **settings: object) -> tuple[Child, int]:
        """The relay and its port."""
        return self.start("web", "web_port", measured=measured, **settings)

    def stored(self, streams: list[str]) -> int:
        """Samples stored in these streams so far, from their own counters."""
        pipeline = self.broker.client.pipeline(transaction=False)
        for stream in streams:
            pipeline.hget(KEYS.spec(stream), "@offset")
        found = cast("list[Any]", pipeline.execute())
        return sum(int(offset or 0) for offset in found)

    def wait_stored(self, streams: list[str], least: int) -> None:
        """Until that many samples are stored."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while (now := self.stored(streams)) < least:
            if time.monotonic() > deadline:
                raise RuntimeError(f"only {now} of {least} samples were stored after {SETTLE_SECONDS:.0f} s")
            time.sleep(0.005)

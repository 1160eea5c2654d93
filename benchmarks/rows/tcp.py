"""TCP ingest, one process: against what one writes first, against the least that can be done, and against itself where publishers make it harder."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, cast

from benchmarks.harness import Group, Measure, Measurement, Ratio, Setup
from benchmarks.load.messages import STREAMS
from benchmarks.processes import LOAD_CPU, SERVER_CPU, Child, Valkey, free_port
from benchmarks.services import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GROUP", "NAMES", "flood", "sender"]

NAMES = [f"load-{number}" for number in range(STREAMS)]
SMALL_PUBLISHERS = 50
DRAIN_SECONDS = 30.0


def sender(setup: Setup, name: str, port: int, separator: str = "newline", connections: int = 1) -> Child:
    """The load generator for one port."""
    config = json.dumps({"port": port, "separator": separator, "connections": connections})
    return setup.stack.enter_context(
        Child(
            f"sender-{name}",
            [sys.executable, "-m", "benchmarks.load.tcp_sender", config],
            folder=setup.folder,
            cpus=LOAD_CPU,
        )
    )


def flood(server: Child, load: Child, stored: Callable[[], int], window: float) -> Measurement:
    """Send for a while, wait until all of it is stored, and see what that cost the server."""
    before, cpu, started = stored(), server.cpu(), time.monotonic()
    sent = int(load.ask(f"go {window}")["sent"])
    deadline = time.monotonic() + DRAIN_SECONDS
    while (got := stored() - before) < sent:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{server.name} stored {got} of {sent} messages; its log ends:\n{server.log_tail()}")
        time.sleep(0.01)
    spent, elapsed = server.cpu() - cpu, time.monotonic() - started
    return {
        "messages per CPU-second": sent / spent,
        "messages per second": sent / elapsed,
        "us a message": spent / sent * 1e6,
    }


def _entries(broker: Valkey, keys: list[str]) -> int:
    """Entries ever added to these streams."""
    total = 0
    for key in keys:
        if broker.client.exists(key):
            total += int(cast("dict[str, Any]", broker.client.xinfo_stream(key))["entries-added"])
    return total


def _last_id(broker: Valkey, key: str) -> int:
    """The bare server's entry ids count messages."""
    if not broker.client.exists(key):
        return 0
    return int(cast("dict[str, bytes]", broker.client.xinfo_stream(key))["last-generated-id"].split(b"-")[0])


def _prepare(setup: Setup) -> dict[str, Measure]:
    window = setup.options.window
    ours = Stack(setup, "windsock")
    service, port = ours.ingest_tcp()

    def stored() -> int:
        return ours.stored(NAMES)

    naive_broker = setup.stack.enter_context(Valkey(setup.folder / "naive"))
    naive_port = free_port()
    naive = _peer(setup, "tcp_naive", naive_port, naive_broker.url)
    bare_broker = setup.stack.enter_context(Valkey(setup.folder / "bare"))
    bare_port = free_port()
    bare = _peer(setup, "tcp_bare", bare_port, str(bare_broker.path))

    newline = sender(setup, "newline", port)
    joined = sender(setup, "joined", port, separator="none")
    many = sender(setup, "many", port, connections=SMALL_PUBLISHERS)
    to_naive = sender(setup, "naive", naive_port)
    to_bare = sender(setup, "bare", bare_port)
    return {
        "newline": lambda: flood(service, newline, stored, window),
        "naive": lambda: flood(
            naive, to_naive, lambda: _entries(naive_broker, [f"peer:{name}" for name in NAMES]), window
        ),
        "bare": lambda: flood(bare, to_bare, lambda: _last_id(bare_broker, "peer:bare0"), window),
        "joined": lambda: flood(service, joined, stored, window),
        "many": lambda: flood(service, many, stored, window),
    }


def _peer(setup: Setup, module: str, port: int, broker: str) -> Child:
    child = Child(
        module,
        [sys.executable, "-m", f"benchmarks.peers.{module}", str(port), broker],
        folder=setup.folder,
        cpus=SERVER_CPU,
    )
    return setup.stack.enter_context(child).wait_for_port(port)


FIGURE = "messages per CPU-second"
GROUP = Group(
    "tcp",
    "TCP ingest against asyncio streams + redis-py, and against a bare writer",
    [
        Ratio("TCP ingest vs asyncio streams + redis-py pipeline of 100", "newline", "naive", FIGURE, 5, 8),
        Ratio(
            "TCP ingest vs bare RESP writer that validates nothing", "newline", "bare", FIGURE, 0.25, 0.40, percent=True
        ),
        Ratio("TCP objects without separator vs newlines", "joined", "newline", FIGURE, 0.80, 0.95, percent=True),
        Ratio(
            "TCP 50 connections, one message a write, vs one connection",
            "many",
            "newline",
            FIGURE,
            0.60,
            0.80,
            percent=True,
        ),
    ],
    _prepare,
)

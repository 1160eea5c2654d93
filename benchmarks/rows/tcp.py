"""TCP ingest, one process: against what one writes first, against the least that can be done, and against itself where publishers make it harder."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

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


def sender(
    setup: Setup, name: str, port: int, separator: str = "newline", connections: int = 1, *, timed: bool = False
) -> Child:
    """The load generator for one port."""
    config = json.dumps({"port": port, "separator": separator, "connections": connections, "timed": timed})
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


def _entries(broker: Valkey) -> int:
    """Entries ever added: the naive peer writes one a message."""
    return sum(int(stream["entries-added"]) for stream in _streams(broker))


def _last_ids(broker: Valkey) -> int:
    """The bare peer's entry ids count the messages of a stream."""
    return sum(int(stream["last-generated-id"].split(b"-")[0]) for stream in _streams(broker))


def _streams(broker: Valkey) -> list[dict[str, Any]]:
    return [broker.client.xinfo_stream(key) for key in broker.client.scan_iter("peer:*")]


def _prepare(setup: Setup) -> dict[str, Measure]:
    window = setup.options.window
    ours = Stack(setup, "windsock")
    service, port = ours.ingest_tcp()
    newline = sender(setup, "newline", port)
    joined = sender(setup, "joined", port, separator="none")
    many = sender(setup, "many", port, connections=SMALL_PUBLISHERS)
    timed = sender(setup, "timed", port, timed=True)

    def stored() -> int:
        return ours.stored(NAMES)

    return {
        "newline": lambda: flood(service, newline, stored, window),
        "naive": _naive(setup),
        "bare": _bare(setup, "streams"),
        "bare lump": _bare(setup, "lump"),
        "joined": lambda: flood(service, joined, stored, window),
        "many": lambda: flood(service, many, stored, window),
        "timed": lambda: flood(service, timed, stored, window),
    }


def _naive(setup: Setup) -> Measure:
    broker, port = setup.stack.enter_context(Valkey(setup.folder / "naive")), free_port()
    peer = _peer(setup, "naive", port, "benchmarks.peers.tcp_naive", str(port), broker.url)
    load = sender(setup, "to-naive", port)
    return lambda: flood(peer, load, lambda: _entries(broker), setup.options.window)


def _bare(setup: Setup, packing: str) -> Measure:
    broker, port = setup.stack.enter_context(Valkey(setup.folder / packing)), free_port()
    peer = _peer(setup, packing, port, "benchmarks.peers.tcp_bare", str(port), str(broker.path), packing)
    load = sender(setup, f"to-{packing}", port)
    return lambda: flood(peer, load, lambda: _last_ids(broker), setup.options.window)


def _peer(setup: Setup, name: str, port: int, *argv: str) -> Child:
    child = Child(name, [sys.executable, "-m", *argv], folder=setup.folder, cpus=SERVER_CPU)
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
        # Messages that differ in their value's digits only are recognised without parsing; with a time in each, every one is parsed and validated.
        Ratio(
            "TCP ingest, every message parsed and validated, vs asyncio streams + redis-py",
            "timed",
            "naive",
            FIGURE,
            5,
            8,
        ),
        Ratio(
            "TCP ingest, every message parsed and validated, vs bare RESP writer", "timed", "bare", FIGURE, percent=True
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

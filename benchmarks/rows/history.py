"""What a late viewer costs: 50 streams of 1,000 samples, server time of the web process and the broker together.

Ours includes writing the megabyte to the viewer's socket; the peer only reads it from Redis.
"""

from __future__ import annotations

import json
import socket
import sys
import time

from benchmarks.harness import Group, Measure, Measurement, Ratio, Setup
from benchmarks.load.feeder import names
from benchmarks.processes import LOAD_CPU, SERVER_CPU, Child, Valkey
from benchmarks.rows.relay import Audience
from benchmarks.services import Stack

__all__ = ["GROUP"]

STREAMS = 50
SAMPLES = 1_000
JOINS = 20
PEER_JOINS = 3
"""Of a figure that is two orders larger, fewer will do."""
PREFIX = "late"


def _joins(load: Child, servers: list[Child], count: int) -> Measurement:
    before = sum(child.cpu() for child in servers)
    started = time.monotonic()
    answer = load.ask(f"join {count}")
    spent = sum(child.cpu() for child in servers) - before
    figures = {"server ms a viewer": spent / count * 1000, "ms a viewer": (time.monotonic() - started) / count * 1000}
    return {**figures, **({"KB": answer["bytes"] / 1000} if "bytes" in answer else {})}


def _fill(port: int, streams: list[str], samples: int) -> None:
    """Send every sample as a message of its own, stamped a second apart."""
    first = time.time_ns() // 1_000_000 - samples * 1000
    lines = "".join(
        f'{{"id":"{name}","type":"line","value":{100 + number * 37 % 9000 / 10:.1f},"time":{first + number * 1000}}}\n'
        for number in range(samples)
        for name in streams
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(lines.encode())


def _prepare(setup: Setup) -> dict[str, Measure]:
    options = setup.options
    streams, samples = names(PREFIX, options.scaled(STREAMS)), options.scaled(SAMPLES)
    joins = options.scaled(JOINS)

    stack = Stack(setup, "windsock")
    _, tcp = stack.ingest_tcp(measured=False)
    web, port = stack.web()
    _fill(tcp, streams, samples)
    stack.wait_stored(streams, len(streams) * samples)
    Audience(setup, "early", port, 1, watch=streams)  # somebody watches already: late is who comes after
    config = json.dumps(
        {"port": port, "viewers": joins * options.rounds, "streams": streams, "rows": len(streams) * samples}
    )
    late = setup.stack.enter_context(
        Child(
            "late-viewers",
            [sys.executable, "-m", "benchmarks.load.late_viewers", config],
            folder=setup.folder,
            cpus=LOAD_CPU,
        )
    )
    late.answer()

    broker = setup.stack.enter_context(Valkey(setup.folder / "peer"))
    pipeline = broker.client.pipeline(transaction=False)
    for name in streams:
        for number in range(samples):
            pipeline.xadd(f"peer:{name}", {"t": 1_700_000_000_000 + number, "v": 100.5 + number})
    pipeline.execute()
    argv = [
        sys.executable,
        "-m",
        "benchmarks.peers.xrevrange",
        broker.url,
        str(samples),
        *(f"peer:{name}" for name in streams),
    ]
    peer = setup.stack.enter_context(Child("xrevrange", argv, folder=setup.folder, cpus=SERVER_CPU))
    peer.ask("join 1")
    return {
        "windsock": lambda: _joins(late, [web, stack.broker], joins),
        "xrevrange": lambda: _joins(peer, [peer, broker], PEER_JOINS),
    }


GROUP = Group(
    "history",
    f"a late viewer of {STREAMS} streams x {SAMPLES} samples, against XREVRANGE by redis-py",
    [
        Ratio(
            "Late viewer, 50 streams x 1,000 samples, vs XREVRANGE pipeline",
            "windsock",
            "xrevrange",
            "server ms a viewer",
            50,
            100,
            less=True,
        )
    ],
    _prepare,
)

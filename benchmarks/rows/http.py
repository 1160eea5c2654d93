"""HTTP ingest, one process: single messages against a typed FastAPI route, batches against our own TCP."""

from __future__ import annotations

import json
import sys
import time

from benchmarks.harness import Group, Measure, Measurement, Ratio, Setup
from benchmarks.processes import LOAD_CPU, SERVER_CPU, Child, Valkey, free_port
from benchmarks.rows.tcp import NAMES, flood, sender
from benchmarks.services import Stack

__all__ = ["GROUP"]

CONNECTIONS = 32
BATCH = 500
BATCH_CONNECTIONS = 4


def _poster(setup: Setup, name: str, port: int, connections: int, batch: int) -> Child:
    config = json.dumps({"port": port, "connections": connections, "batch": batch})
    return setup.stack.enter_context(
        Child(
            f"poster-{name}",
            [sys.executable, "-m", "benchmarks.load.http_sender", config],
            folder=setup.folder,
            cpus=LOAD_CPU,
        )
    )


def _requests(server: Child, load: Child, window: float) -> Measurement:
    """Post for a while; each answer means that the message is stored, so nothing is left to wait for."""
    cpu, started = server.cpu(), time.monotonic()
    done = int(load.ask(f"go {window}")["requests"])
    spent, elapsed = server.cpu() - cpu, time.monotonic() - started
    return {
        "requests per CPU-second": done / spent,
        "requests per second": done / elapsed,
        "us a request": spent / done * 1e6,
    }


def _fastapi(setup: Setup, name: str, broker: str) -> tuple[Child, int]:
    port = free_port()
    argv = [sys.executable, "-m", "benchmarks.peers.http_fastapi", str(port), broker]
    return setup.stack.enter_context(Child(name, argv, folder=setup.folder, cpus=SERVER_CPU)).wait_for_port(port), port


def _prepare(setup: Setup) -> dict[str, Measure]:
    window = setup.options.window
    ours = Stack(setup, "windsock")
    service, port = ours.ingest_http()
    tcp_service, tcp_port = ours.ingest_tcp()
    peer, peer_port = _fastapi(setup, "fastapi", setup.stack.enter_context(Valkey(setup.folder / "peer")).url)
    idle, idle_port = _fastapi(setup, "fastapi-stores-nothing", "none")

    single = _poster(setup, "single", port, CONNECTIONS, 1)
    to_peer = _poster(setup, "peer", peer_port, CONNECTIONS, 1)
    to_idle = _poster(setup, "idle", idle_port, CONNECTIONS, 1)
    batches = _poster(setup, "batches", port, BATCH_CONNECTIONS, BATCH)
    tcp = sender(setup, "tcp", tcp_port)
    return {
        "single": lambda: _requests(service, single, window),
        "fastapi": lambda: _requests(peer, to_peer, window),
        "fastapi, nothing stored": lambda: _requests(idle, to_idle, window),
        "ndjson": lambda: flood(service, batches, lambda: ours.stored(NAMES), window),
        "tcp": lambda: flood(tcp_service, tcp, lambda: ours.stored(NAMES), window),
    }


GROUP = Group(
    "http",
    "HTTP ingest against FastAPI, and against our own TCP",
    [
        Ratio(
            "HTTP single POST vs FastAPI typed route that stores too",
            "single",
            "fastapi",
            "requests per CPU-second",
            2.5,
            4,
        ),
        Ratio(
            "HTTP single POST, stored, vs FastAPI typed route that stores nothing",
            "single",
            "fastapi, nothing stored",
            "requests per CPU-second",
        ),
        Ratio("HTTP NDJSON of 500 vs TCP", "ndjson", "tcp", "messages per CPU-second", 0.55, 0.80, percent=True),
    ],
    _prepare,
)

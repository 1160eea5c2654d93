"""The relay against everything else that can push 1 KB to many WebSockets 20 times a second.

All servers are up, all viewers connected, for the whole group; they tick in turns, so that a round compares what ran within a few seconds.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Group, Measure, Measurement, Ratio, Setup
from benchmarks.load.feeder import names
from benchmarks.load.packet import packet
from benchmarks.peers import nchan
from benchmarks.processes import LOAD_CPU, ROOT, SERVER_CPU, Child, MissingPeer, free_port
from benchmarks.services import Stack

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["GROUP", "Audience", "feeder", "node_folder"]

VIEWERS = 500
TICK_HZ = 20
SAMPLES = 3
FED = 6
"""Streams with so many samples in each tick's message: that makes a packet of 1 KB. The peers make theirs themselves, or get it in one message (nchan)."""
WARM_SECONDS = 0.4
PREFIX = "tick"


class Audience:
    """Viewers of one server, in as many processes as can keep up."""

    def __init__(
        self,
        setup: Setup,
        name: str,
        port: int,
        viewers: int,
        *,
        processes: int = 1,
        pinned: bool = True,
        **config: object,
    ) -> None:
        self.viewers = viewers
        shares = [viewers // processes + (number < viewers % processes) for number in range(processes)]
        self._children = [
            setup.stack.enter_context(
                Child(
                    f"viewers-{name}-{number}",
                    [
                        sys.executable,
                        "-m",
                        "benchmarks.load.ws_viewers",
                        json.dumps({"port": port, "viewers": share, **config}),
                    ],
                    folder=setup.folder,
                    cpus=LOAD_CPU if pinned else None,
                )
            )
            for number, share in enumerate(shares)
        ]
        for child in self._children:
            child.answer()

    def mark(self) -> list[dict[str, Any]]:
        """What each process got since the last mark."""
        for child in self._children:
            child.tell("mark")
        return [child.answer() for child in self._children]

    def cpu(self) -> float:
        """What receiving cost."""
        return sum(child.cpu() for child in self._children)


def feeder(setup: Setup, name: str, *, pinned: bool = True, **config: object) -> Child:
    """A steady publisher."""
    child = Child(
        f"feeder-{name}",
        [sys.executable, "-m", "benchmarks.load.feeder", json.dumps(config)],
        folder=setup.folder,
        cpus=LOAD_CPU if pinned else None,
    )
    setup.stack.enter_context(child).answer()
    return child


def _deliveries(server: Child, ticking: Child, audience: Audience, window: float) -> Measurement:
    """Let it tick, and divide what arrived by what the server spent."""
    ticking.tell("on")
    time.sleep(WARM_SECONDS)
    audience.mark()
    cpu, started = server.cpu(), time.monotonic()
    time.sleep(window)
    spent, elapsed = server.cpu() - cpu, time.monotonic() - started
    reports = audience.mark()
    ticking.tell("off")
    time.sleep(WARM_SECONDS)  # what is still queued belongs to nobody's window
    frames, size = sum(report["frames"] for report in reports), sum(report["bytes"] for report in reports)
    return {
        "deliveries per CPU-second": frames / spent,
        "us a delivery": spent / frames * 1e6,
        "ticks per second": frames / audience.viewers / elapsed,
        "bytes a frame": size / frames,
    }


def node_folder() -> Path:
    """The folder of the npm peers, with their packages installed as locked."""
    folder = ROOT / "benchmarks" / "peers" / "node"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise MissingPeer("node and npm are not installed (Node 20 or later)")
    if not (folder / "node_modules" / ".package-lock.json").exists():
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise MissingPeer(
                f"npm ci failed in benchmarks/peers/node: {(done.stderr.strip().splitlines() or [''])[-1]}"
            )
    return folder


def _prepare(setup: Setup) -> dict[str, Measure]:
    window, viewers = setup.options.window, setup.options.scaled(VIEWERS, 20)

    def measured(name: str, argv: list[str | Path], port: int) -> Child:
        return setup.stack.enter_context(Child(name, argv, folder=setup.folder, cpus=SERVER_CPU)).wait_for_port(port)

    def windsock() -> Measure:
        stack = Stack(setup, "windsock")
        _, tcp = stack.ingest_tcp(measured=False)
        web, port = stack.web()
        feed = feeder(
            setup, "windsock", port=tcp, streams=FED, hz=TICK_HZ, samples=SAMPLES, together=True, prefix=PREFIX
        )
        audience = Audience(setup, "windsock", port, viewers, watch=names(PREFIX, FED))
        return lambda: _deliveries(web, feed, audience, window)

    def node() -> Measure:
        port = free_port()
        server = measured(
            "node",
            ["node", node_folder() / "socketio_server.mjs", str(port), json.dumps(packet(time.time_ns() // 1_000_000))],
            port,
        )
        audience = Audience(setup, "node", port, viewers)
        return lambda: _deliveries(server, server, audience, window)

    def stock() -> Measure:
        port = free_port()
        server = measured("sio", [sys.executable, "-m", "benchmarks.peers.sio_stock", str(port)], port)
        audience = Audience(setup, "sio", port, viewers)
        return lambda: _deliveries(server, server, audience, window)

    def raw() -> Measure:
        port = free_port()
        server = measured("raw", [sys.executable, "-m", "benchmarks.peers.raw_ws", str(port)], port)
        audience = Audience(setup, "raw", port, viewers, path="/", socketio=False)
        return lambda: _deliveries(server, server, audience, window)

    def c_module() -> Measure:
        port = free_port()
        server = measured("nchan", nchan.command(setup.folder / "nchan", port), port)
        publisher = Child(
            "nchan-publisher",
            [sys.executable, "-m", "benchmarks.peers.nchan", str(port)],
            folder=setup.folder,
            cpus=LOAD_CPU,
        )
        setup.stack.enter_context(publisher)
        audience = Audience(setup, "nchan", port, viewers, path="/sub", socketio=False)
        return lambda: _deliveries(server, publisher, audience, window)

    return {
        "windsock": windsock(),
        **setup.optional("node", node),
        **setup.optional("nchan", c_module),
        "sio.emit": stock(),
        "raw": raw(),
    }


FIGURE = "deliveries per CPU-second"
GROUP = Group(
    "relay",
    f"1 KB at 20 Hz to {VIEWERS} viewers, against Node, nchan, python-socketio, and a raw writer",
    [
        Ratio("Relay 1 KB at 20 Hz vs Node's socket.io", "windsock", "node", FIGURE, 1.35, 1.6),
        Ratio("Relay 1 KB at 20 Hz vs nchan (C)", "windsock", "nchan", FIGURE, 0.85, 1.1),
        Ratio("Relay 1 KB at 20 Hz vs stock sio.emit", "windsock", "sio.emit", FIGURE, 4, 6),
        Ratio(
            "Relay 1 KB at 20 Hz vs raw uvloop WebSocket writer", "windsock", "raw", FIGURE, 0.75, 0.92, percent=True
        ),
    ],
    _prepare,
)

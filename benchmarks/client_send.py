"""What a `send` costs the program that calls it: `python benchmarks/client_send.py`. The promise is 5 µs or less in the calling thread.

A stand-in for the server runs in a process of its own and acknowledges everything, so that the client's background thread works as it does in life and takes
its turns at the interpreter. Beside it stands what people write without a client: a JSON text and a `sendall` for each value.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients" / "python" / "src"))

from windsock.client import Stream

PROMISE = 5.0
BURST = 5_000
"""Sends without a pause; fewer than may wait, so that none is dropped."""
PACED = 300
PACE = 0.005

Send = Callable[[int], object]


def serve(ready: Connection) -> None:
    """Acknowledge whatever comes."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready.send(listener.getsockname()[1])
    while True:
        threading.Thread(target=acknowledge, args=(listener.accept()[0],), daemon=True).start()


def acknowledge(connection: socket.socket) -> None:
    """One connection's life."""
    count = -1  # the greeting is no message
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(1 << 20):
            count += data.count(b"\n")
            connection.sendall(b'{"ack":%d}\n' % count)


def burst(send: Send) -> tuple[float, float]:
    """µs a send of many in a row: by the clock, and of the calling thread's own processor time."""
    wall, own = time.perf_counter(), time.thread_time()
    for number in range(BURST):
        send(number)
    return (time.perf_counter() - wall) / BURST * 1e6, (time.thread_time() - own) / BURST * 1e6


def paced(send: Send) -> tuple[float, float]:
    """µs a send of a program that does something else in between: median and 99th percentile, by the clock, less what a look at the clock costs."""
    took: list[float] = []
    for number in range(PACED):
        time.sleep(PACE)
        before = time.perf_counter()
        empty = time.perf_counter() - before
        before = time.perf_counter()
        send(number)
        took.append((time.perf_counter() - before - empty) * 1e6)
    took.sort()
    return took[len(took) // 2], took[len(took) * 99 // 100]


def main() -> int:
    """Measure, print the table; the status is 1 if the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds

    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    port = ours.recv()
    stream = Stream("cpu", "line", server=f"tcp://127.0.0.1:{port}", legend=["user", "sys"])
    bare = Stream("bare", server=f"tcp://127.0.0.1:{port}")
    link = socket.create_connection(("127.0.0.1", port))

    def naive(number: int) -> None:
        link.sendall(json.dumps({"id": "cpu", "value": number}).encode() + b"\n")
        with contextlib.suppress(BlockingIOError):
            link.recv(65536, socket.MSG_DONTWAIT)

    variants: dict[str, Send] = {
        "send(41)": stream.send,
        "send(41, 18)": lambda number: stream.send(number, 18),
        'send({"user": 41, "sys": 18})': lambda number: bare.send({"user": number, "sys": 18}),
        "a JSON text and a sendall": naive,
    }
    figures: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, send in variants.items():
            send(0)
            stream.flush(10)
            bare.flush(10)
            time.sleep(0.02)
            wall, own = burst(send)
            # The background thread finishes first: the next figures are not about its work.
            stream.flush(10)
            bare.flush(10)
            figures[name].append((wall, own, *paced(send)))
    print(f"µs a send in the calling thread, median of {rounds} rounds")
    print(f"{'':32}{'in a row':>10}{'own CPU':>10}{'paced p50':>11}{'p99':>8}")
    for name, rows in figures.items():
        wall, own, middle, late = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:32}{wall:10.2f}{own:10.2f}{middle:11.1f}{late:8.1f}")
    dropped = stream.stats.dropped + bare.stats.dropped
    print(f"dropped: {dropped}")
    server.kill()
    kept = statistics.median(row[1] for row in figures["send(41, 18)"]) <= PROMISE
    print(f"at most {PROMISE:g} µs of the calling thread's own time: {'yes' if kept else 'no'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

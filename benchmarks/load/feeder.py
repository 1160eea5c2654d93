"""A steady publisher: streams at a rate each, every message stamped with the moment it is sent; `on` and `off` on stdin, `count` answers with samples sent.

argv: a JSON object (see `Config`).
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from dataclasses import dataclass

__all__ = ["Config", "names"]

LEAST_PAUSE = 0.002  # shorter sleeps cost more than they order


@dataclass
class Config:
    """What to send, and where."""

    port: int
    streams: int
    hz: float
    connections: int = 1
    prefix: str = "tick"
    samples: int = 1
    """Samples in a message."""
    together: bool = False
    """All streams speak at the same moment, in one write, as a publisher does that measures many things at once."""


def names(prefix: str, streams: int) -> list[str]:
    """The ids of the streams fed."""
    return [f"{prefix}-{number}" for number in range(streams)]


class Feeder:
    """Sends in slices: a period is divided so that the streams do not all speak at the same moment."""

    def __init__(self, config: Config) -> None:
        self._period = 1 / config.hz
        self._slices = 1 if config.together else max(1, min(config.streams, int(self._period / LEAST_PAUSE)))
        self._samples = config.samples
        self._sockets = [socket.create_connection(("127.0.0.1", config.port)) for _ in range(config.connections)]
        for connection in self._sockets:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heads = [f'{{"id":"{name}","type":"line",' for name in names(config.prefix, config.streams)]
        self._sent = 0
        self._on = False

    def run(self) -> None:
        """Feed until stdin ends."""
        slice_number, due = 0, time.monotonic()
        while True:
            pause = max(0.0, due - time.monotonic()) if self._on else None
            if select.select([sys.stdin], [], [], pause)[0]:
                # Read past Python's buffer: a line that waits in it would not wake `select`.
                commands = os.read(sys.stdin.fileno(), 4096).decode().split()
                if not commands:
                    return
                for command in commands:
                    if command == "count":
                        print(json.dumps({"sent": self._sent}), flush=True)
                    else:
                        self._on = command == "on"
                        due = time.monotonic()
                continue
            self._send(slice_number)
            slice_number = (slice_number + 1) % self._slices
            # A slice that came late is sent late; what it should have sent is not skipped, so that the rate holds.
            due += self._period / self._slices

    def _send(self, slice_number: int) -> None:
        now = time.time_ns() // 1_000_000
        outgoing: dict[socket.socket, list[str]] = {}
        for number in range(slice_number, len(self._heads), self._slices):
            connection = self._sockets[number % len(self._sockets)]
            outgoing.setdefault(connection, []).append(f"{self._heads[number]}{self._values(now)}}}\n")
        for connection, lines in outgoing.items():
            connection.sendall("".join(lines).encode())

    def _values(self, now: int) -> str:
        values: list[float] = []
        for _ in range(self._samples):
            self._sent += 1
            values.append(100 + self._sent * 37 % 9000 / 10)
        if self._samples == 1:
            return f'"value":{values[0]:.1f},"time":{now}'
        return f'"samples":[{",".join(f"[{now},{value:.1f}]" for value in values)}]'


def main() -> None:
    """Connect, then feed when told."""
    feeder = Feeder(Config(**json.loads(sys.argv[1])))
    print(json.dumps({"connected": True}), flush=True)
    feeder.run()


if __name__ == "__main__":
    main()

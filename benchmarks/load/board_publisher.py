"""A steady publisher for boards: streams of several types, all at one rate; `on` and `off` on stdin, ends with it.

argv: a JSON object: `port`, `hz`, `active_points`, and `streams`, a list of `[id, type]`.
"""

from __future__ import annotations

import json
import math
import select
import socket
import sys
import time

__all__ = ["message"]

SERIES = 4
SIDE = 100
"""Rows and columns of a heatmap."""


def _wave(number: int, series: int) -> float:
    return round(50 + 40 * math.sin(number / 30 + series) + 8 * math.sin(number * 0.9 + series * 2), 3)


def value_of(kind: str, number: int) -> object:
    """The next value of a stream of this type."""
    match kind:
        case "line" | "area":
            return [_wave(number, series) for series in range(SERIES)]
        case "bar" | "pie" | "radar":
            return [_wave(number, series) for series in range(6)]
        case "scatter":
            return [_wave(number, 0), _wave(number, 1)]
        case "text":
            return f"line {number} of a log that goes on and on"
        case "heatmap":
            return [[(row * col + number) % 97 for col in range(SIDE)] for row in range(SIDE)]
        case "table":
            return [{"name": f"row {row}", "value": _wave(number, row)} for row in range(8)]
        case _:
            return _wave(number, 0)


def message(stream: str, kind: str, number: int, active_points: int | None) -> bytes:
    """A message as a publisher sends it."""
    body: dict[str, object] = {"id": stream, "type": kind, "value": value_of(kind, number)}
    if active_points and kind in {"line", "area"}:
        body["active_points"] = active_points
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def main() -> None:
    """Send until stdin ends."""
    config = json.loads(sys.argv[1])
    period, on, number, due = 1 / config["hz"], False, 0, time.monotonic()
    with socket.create_connection(("127.0.0.1", config["port"])) as link:
        while True:
            pause = max(0.0, due - time.monotonic()) if on else None
            if select.select([sys.stdin], [], [], pause)[0]:
                command = sys.stdin.readline().strip()
                if not command:
                    return
                on, due = command == "on", time.monotonic()
                continue
            number += 1
            streams = config["streams"]
            link.sendall(b"".join(message(name, kind, number, config["active_points"]) for name, kind in streams))
            # A publisher that was held up sends on from now: a burst would be another load.
            due = max(due + period, time.monotonic() - period)


if __name__ == "__main__":
    main()

"""The packet that the relay's peers send: what Windsock's own tick looks like, 1,039 bytes as a WebSocket frame."""

from __future__ import annotations

import json
import time
from typing import Any

__all__ = ["STREAMS", "packet", "packet_text"]

STREAMS = 5
SAMPLES = 3
SIZE = 1039 - 4  # less the frame's header


def packet(now: int) -> dict[str, Any]:
    """The `tick` event's data: a few streams with a few new samples each, filled up to the size."""
    rows = [[now - 17 * back, 120.25 + back] for back in reversed(range(SAMPLES))]
    deltas: list[dict[str, Any]] = [
        {
            "id": f"tick-{number}",
            "epoch": "0123456789ab",
            "offset": 1_000_000 + SAMPLES,
            "count": SAMPLES,
            "lost": 0,
            "reset": False,
            "rows": rows,
        }
        for number in range(STREAMS)
    ]
    data: dict[str, Any] = {"time": now, "streams": deltas, "fill": ""}
    data["fill"] = "." * (SIZE - len(_text(data)))
    return data


def _text(data: dict[str, Any]) -> str:
    return "42" + json.dumps(["tick", data], separators=(",", ":"))


def packet_text() -> bytes:
    """The same as a Socket.IO packet, stamped with the present time."""
    return _text(packet(time.time_ns() // 1_000_000)).encode()

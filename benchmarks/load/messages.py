"""What the benchmarks send: the message of an older publisher, 223 bytes, its spec repeated each time, spread over some streams."""

from __future__ import annotations

__all__ = ["STREAMS", "message", "messages"]

STREAMS = 10
"""Streams that the messages of one run are spread over, in turn."""

SIZE = 223


def message(number: int, *, timed: bool = False) -> bytes:
    """The message with this number; the same number gives the same bytes, and all are of one size. `timed`: each with a time of its own."""
    text = (
        f'{{"id":"load-{number % STREAMS}", "value":[{100 + (number * 37) % 9000 / 10:.1f}], "type":"line","active_points": 20, '
        '"label":["Random Number"], "legend": ["random"], "name":"A random number, from a loop", '
        '"borderColor":["#3e95cd"], "backgroundColor" :["#3e95cd"]'
    )
    if timed:
        text = text.replace('"A random number, from a loop"', f'"A", "time":{1_753_000_000_000 + number}')
    return (text + " " * (SIZE - 1 - len(text)) + "}").encode()


def messages(count: int, separator: bytes, *, timed: bool = False) -> bytes:
    """Messages back to back, each followed by the separator."""
    return b"".join(message(number, timed=timed) + separator for number in range(count))

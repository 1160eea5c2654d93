"""What the benchmarks send: the message of an older publisher, 223 bytes, its spec repeated each time, spread over some streams."""

from __future__ import annotations

__all__ = ["STREAMS", "message", "messages"]

STREAMS = 10
"""Streams that the messages of one run are spread over, in turn."""

SIZE = 223


def message(number: int) -> bytes:
    """The message with this number; the same number gives the same bytes, and all are of one size."""
    text = (
        f'{{"id":"load-{number % STREAMS}", "value":[{100 + (number * 37) % 9000 / 10:.1f}], "type":"line","active_points": 20, '
        '"label":["Random Number"], "legend": ["random"], "name":"A random number, from a loop", '
        '"borderColor":["#3e95cd"], "backgroundColor" :["#3e95cd"]'
    )
    return (text + " " * (SIZE - 1 - len(text)) + "}").encode()


def messages(count: int, separator: bytes) -> bytes:
    """Messages back to back, each followed by the separator."""
    return b"".join(message(number) + separator for number in range(count))

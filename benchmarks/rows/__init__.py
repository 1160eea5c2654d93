"""The rows of the speed table, one file a group of rows that are measured together."""

from benchmarks.rows import board, crowd, history, http, latency, relay, tcp, video

__all__ = ["GROUPS"]

GROUPS = [
    tcp.GROUP,
    http.GROUP,
    relay.GROUP,
    crowd.GROUP,
    crowd.CHAIN,
    history.GROUP,
    latency.GROUP,
    board.GROUP,
    video.GROUP,
]

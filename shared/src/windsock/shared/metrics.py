"""What a service counts, for Prometheus. Names and labels are part of what operators build on: `docs/operations.md` lists them.

Hot paths count in plain integers and add them here once a flush or a tick: a labelled `inc` costs more than parsing some messages.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

__all__ = [
    "ACCEPTED",
    "BATCHES",
    "BROKER_UP",
    "CONNECTIONS",
    "DROPPED",
    "DUPLICATES",
    "FLUSH_SECONDS",
    "IN_HAND",
    "LOST",
    "MESSAGES",
    "REFUSED",
    "UNKNOWN_FIELDS",
]

MESSAGES: Final = Counter(
    "windsock_messages", "Messages accepted: stored, or a stored one's double.", ["way"], registry=REGISTRY
)
ACCEPTED: Final = Counter("windsock_samples", "Samples stored in history.", registry=REGISTRY)
DUPLICATES: Final = Counter(
    "windsock_duplicates", "Messages acknowledged and not stored again, by their source and seq.", registry=REGISTRY
)
LOST: Final = Counter(
    "windsock_broker_lost_samples",
    "Samples that the broker had acknowledged and did not have any more, after a failover or a crash.",
    registry=REGISTRY,
)
REFUSED: Final = Counter("windsock_refused", "Messages refused, by code.", ["way", "code"], registry=REGISTRY)
DROPPED: Final = Counter("windsock_dropped", "What was let go on purpose, by reason.", ["reason"], registry=REGISTRY)
UNKNOWN_FIELDS: Final = Counter(
    "windsock_unknown_fields",
    "Message fields that the contract does not know and that were left out.",
    registry=REGISTRY,
)
BATCHES: Final = Counter("windsock_batches", "Batches written to the broker.", registry=REGISTRY)
FLUSH_SECONDS: Final = Histogram(
    "windsock_flush_seconds",
    "Time of one write to the broker.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5),
    registry=REGISTRY,
)
IN_HAND: Final = Gauge("windsock_in_hand", "Messages gathered for the next write.", ["way"], registry=REGISTRY)
CONNECTIONS: Final = Gauge("windsock_connections", "Open connections.", ["way"], registry=REGISTRY)
BROKER_UP: Final = Gauge("windsock_broker_up", "1 while the broker answers.", registry=REGISTRY)

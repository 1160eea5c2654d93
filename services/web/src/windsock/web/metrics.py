"""What the relay counts. Hot paths count in plain integers (`Counts`) and `flush` adds them here once a second."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

__all__ = [
    "CATALOGUE",
    "CUT_VIEWERS",
    "DEPTH",
    "EVENTS",
    "GUESTS",
    "MENDED",
    "READS",
    "RECOVERIES",
    "REFUSED_BODIES",
    "REFUSED_VIEWERS",
    "SUBSCRIBED",
    "TICK_SECONDS",
    "VIEWERS",
    "WATCHED",
    "Counts",
]

VIEWERS: Final = Gauge("windsock_viewers", "Connected viewers, by what they are doing.", ["state"], registry=REGISTRY)
WATCHED: Final = Gauge(
    "windsock_watched_streams", "Streams followed because somebody watches them, or did so lately.", registry=REGISTRY
)
CATALOGUE: Final = Gauge("windsock_catalogue_streams", "Streams in the catalogue.", registry=REGISTRY)
MENDED: Final = Counter(
    "windsock_catalogue_mended",
    "Streams that were there and not in the catalogue, and were put back.",
    registry=REGISTRY,
)
SUBSCRIBED: Final = Gauge("windsock_subscription_up", "1 while live messages come through.", registry=REGISTRY)
DEPTH: Final = Gauge("windsock_queue_depth", "What waits, by queue.", ["queue"], registry=REGISTRY)
RECOVERIES: Final = Counter("windsock_recoveries", "Reads of history, by why.", ["why"], registry=REGISTRY)
EVENTS: Final = Counter(
    "windsock_viewer_events", "What viewers asked for, by event and result.", ["event", "result"], registry=REGISTRY
)
GUESTS: Final = Gauge(
    "windsock_guests", "Viewers that are other programs, by how they are connected.", ["way"], registry=REGISTRY
)
READS: Final = Counter("windsock_reads", "Answers from history, by how they ended.", ["result"], registry=REGISTRY)
REFUSED_VIEWERS: Final = Counter(
    "windsock_viewers_refused", "Connections that were not taken, by reason.", ["reason"], registry=REGISTRY
)
REFUSED_BODIES: Final = Counter(
    "windsock_bodies_refused",
    "Bodies of requests that were too large, of another kind or no sense, by code.",
    ["code"],
    registry=REGISTRY,
)
CUT_VIEWERS: Final = Counter(
    "windsock_viewers_cut", "Viewers that were disconnected from here, by reason.", ["reason"], registry=REGISTRY
)
# There from the start: a counter that begins with its first event has had no increase, and rings nobody.
for _reason in ("origin", "closing", "too_many_connections"):
    REFUSED_VIEWERS.labels(_reason)
CUT_VIEWERS.labels("stalled")
TICK_SECONDS: Final = Histogram(
    "windsock_tick_seconds",
    "Time one tick took to build and write.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5),
    registry=REGISTRY,
)

_COUNTERS: Final = {
    "ticks": Counter("windsock_ticks", "Ticks that had something to send.", registry=REGISTRY),
    "deliveries": Counter("windsock_deliveries", "Packets written to viewers.", registry=REGISTRY),
    "bytes": Counter("windsock_delivered_bytes", "Bytes of these packets.", registry=REGISTRY),
    "skipped": Counter(
        "windsock_ticks_skipped",
        "Ticks that a viewer was left out of because it had not taken the last ones.",
        registry=REGISTRY,
    ),
    "coalesced": Counter(
        "windsock_coalesced", "Pictures that a viewer did not get because a newer one came.", registry=REGISTRY
    ),
    "lost": Counter("windsock_lost_samples", "Samples that viewers were told are lost to them.", registry=REGISTRY),
    "snapshots": Counter("windsock_snapshots", "Snapshots of a stream sent.", registry=REGISTRY),
    "live": Counter("windsock_live_messages", "Live messages received from the broker.", registry=REGISTRY),
    "relayed": Counter(
        "windsock_relayed_samples", "Samples received live or from history, each counted once.", registry=REGISTRY
    ),
}


@dataclass(slots=True)
class Counts:
    """Since the last `flush`."""

    ticks: int = 0
    deliveries: int = 0
    bytes: int = 0
    skipped: int = 0
    coalesced: int = 0
    lost: int = 0
    snapshots: int = 0
    live: int = 0
    relayed: int = 0

    def flush(self) -> None:
        """Add to the counters that Prometheus reads."""
        for each in fields(self):
            counted: int = getattr(self, each.name)
            if counted:
                _COUNTERS[each.name].inc(counted)
                setattr(self, each.name, 0)

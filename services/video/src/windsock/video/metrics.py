"""What a video worker counts."""

from __future__ import annotations

from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge

__all__ = ["BEHIND", "BYTES", "CONNECTS", "FRAMES", "HELD", "LEVEL", "LOST_LEASES", "MISSING", "SKIPPED", "UNITS"]

HELD: Final = Gauge("windsock_video_feeds", "Feeds this worker holds, by state.", ["state"], registry=REGISTRY)
CONNECTS: Final = Counter(
    "windsock_video_connects", "Connections to cameras that were tried, by result.", ["result"], registry=REGISTRY
)
CONNECTS.labels("connected")  # there from the start, or the first one would be no increase
UNITS: Final = Counter("windsock_video_units", "Pictures received from cameras.", registry=REGISTRY)
MISSING: Final = Counter("windsock_video_gaps", "Gaps in what cameras sent.", registry=REGISTRY)
FRAMES: Final = Counter("windsock_video_frames", "Frames published, by kind.", ["kind"], registry=REGISTRY)
BYTES: Final = Counter("windsock_video_frame_bytes", "Bytes of these.", ["kind"], registry=REGISTRY)
SKIPPED: Final = Counter(
    "windsock_video_skipped", "Pictures let go because newer ones had come, by where.", ["where"], registry=REGISTRY
)
for _where in (
    "broker",
    "decoder",
    "late",
):
    SKIPPED.labels(_where)
LOST_LEASES: Final = Counter("windsock_video_lost_leases", "Feeds that another worker took over.", registry=REGISTRY)
BEHIND: Final = Gauge(
    "windsock_video_behind",
    "Feeds whose pictures are clearly fewer than were asked for, and than the camera sends.",
    registry=REGISTRY,
)
LEVEL: Final = Gauge(
    "windsock_video_level",
    "How far pictures are made cheaper because the machine is busy; 0: not at all.",
    registry=REGISTRY,
)

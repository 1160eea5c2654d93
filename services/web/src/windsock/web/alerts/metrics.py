"""What is counted of alerts."""

from __future__ import annotations

from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge

__all__ = ["ACTIVE", "EVENTS", "POSTED", "WATCHMAN"]

ACTIVE: Final = Gauge("windsock_alerts_active", "Alerts that stand, by severity.", ["severity"], registry=REGISTRY)
EVENTS: Final = Counter("windsock_alert_events", "Alerts raised, changed and cleared.", ["event"], registry=REGISTRY)
POSTED: Final = Counter(
    "windsock_alert_posts", "Alert events that the webhook took, or that were given up.", ["result"], registry=REGISTRY
)
WATCHMAN: Final = Gauge("windsock_watchman", "1 in the web process that watches for alerts.", registry=REGISTRY)

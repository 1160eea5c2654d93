"""What is wrong, as viewers are told it: the newest word of whichever web process is the watchman, encoded once for all."""

from __future__ import annotations

from windsock.shared.wire import Alerts
from windsock.web import packet

__all__ = ["Book"]


class Book:
    """See the module."""

    def __init__(self) -> None:
        self.number = 1
        """Counts the changes."""
        self.alerts = Alerts(active=[], recent=[])
        self.packet = packet.event("alerts", self.alerts.model_dump(exclude_none=True))

    def take(self, alerts: Alerts) -> bool:
        """Take over what the watchman wrote. True if that is new."""
        if alerts == self.alerts:
            return False
        self.alerts = alerts
        self.number += 1
        self.packet = packet.event("alerts", alerts.model_dump(exclude_none=True))
        return True

"""What is done once a second: the slow tick of hidden tabs, streams let go, counters added up."""

from __future__ import annotations

import asyncio
from typing import Final

from .catalogue import Catalogue, CatalogueKeeper
from .follow import Follower
from .hub import Hub
from .metrics import CATALOGUE, DEPTH, SUBSCRIBED, VIEWERS, WATCHED, Counts

__all__ = ["Housekeeping"]

PERIOD_SECONDS: Final = 1.0


class Housekeeping:
    """See the module."""

    def __init__(
        self, hub: Hub, follower: Follower, catalogue: Catalogue, keeper: CatalogueKeeper, counts: Counts
    ) -> None:
        self._hub = hub
        self._follower = follower
        self._catalogue = catalogue
        self._keeper = keeper
        self._counts = counts

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(PERIOD_SECONDS)
            self._hub.second()
            self.measure()

    def measure(self) -> None:
        """Bring the metrics up to date."""
        hub, follower = self._hub, self._follower
        self._counts.flush()
        hidden, behind = len(hub.places.hidden), len(hub.places.behind)
        VIEWERS.labels("hidden").set(hidden)
        VIEWERS.labels("behind").set(behind)
        VIEWERS.labels("in_step").set(len(hub.viewers) - hidden - behind)
        WATCHED.set(len(follower.watched))
        CATALOGUE.set(len(self._catalogue))
        SUBSCRIBED.set(follower.subscription.up)
        DEPTH.labels("held").set(follower.held)
        DEPTH.labels("reads").set(follower.reads_waiting)
        DEPTH.labels("specs").set(self._keeper.waiting)

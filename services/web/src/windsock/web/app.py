"""All parts of the web service put together; nothing runs until `__main__` (or a test) runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from windsock.shared.broker import RedisBroker
from windsock.shared.health import BrokerWatch, Health
from windsock.shared.keys import Keys
from windsock.shared.settings import Settings

from . import packet
from .alerts import Book, Watchman, add_alert_routes
from .board import add_board
from .boards import BoardStore, add_board_routes
from .catalogue import Catalogue, CatalogueKeeper
from .described import ERRORS
from .follow import LINGER_SECONDS, Follower
from .guard import Guard
from .housekeeping import Housekeeping
from .hub import Hub
from .live import Guests, LiveSocket, add_event_routes
from .metrics import Counts
from .origins import OriginCheck
from .pace import Pace
from .permission import Permission
from .routes import add_routes
from .session import Sessions
from .status import Status
from .track import Bounds
from .video import FeedDoor, Feeds, add_camera_routes, add_feed_routes

__all__ = ["PROTOCOL", "Relay", "create_app"]

PROTOCOL = 1
"""Version of what the relay and its viewers speak; a viewer that knows another says so and reloads."""


@dataclass(frozen=True)
class Relay:
    """The parts."""

    asgi: Guard
    sessions: Sessions
    guests: Guests
    hub: Hub
    follower: Follower
    catalogue: Catalogue
    keeper: CatalogueKeeper
    housekeeping: Housekeeping
    feeds: Feeds
    door: FeedDoor
    watchman: Watchman
    watch: BrokerWatch
    health: Health


def create_app(settings: Settings, broker: RedisBroker, *, linger: float = LINGER_SECONDS) -> Relay:
    """Build the web service on a broker."""
    release = version("windsock-web")
    counts = Counts()
    watch = BrokerWatch()
    catalogue = Catalogue()
    origins = OriginCheck(settings)
    sessions = Sessions(settings.max_viewers, origins.of_environ)

    pace = Pace(settings.tick_ms / 1000, settings.viewer_buffer, settings.viewer_stall, settings.max_watched)
    bounds = Bounds(settings.ring_samples, settings.ring_bytes, max(settings.ring_bytes, settings.history_bytes))
    # Twice: a viewer may change all that it watches at once, and the catalogue may be replaced while it is watched.
    most = 2 * max(settings.max_streams, settings.max_watched)
    follower = Follower(broker, Keys(settings.redis_prefix), catalogue, bounds, counts, most, linger=linger)
    status = Status(watch.check)
    ports = {"tcp": settings.tcp_port, "tcp_large": settings.tcp_large_port, "http": settings.http_port}
    hello = packet.event(
        "hello",
        {
            "protocol": PROTOCOL,
            "version": release,
            "tick_ms": settings.tick_ms,
            "ports": ports,
            "key": settings.publish_key is not None,
            "embed": bool(settings.embed_origins),
            **(
                {"tiles": {"url": settings.tile_url, "attribution": settings.tile_attribution}}
                if settings.tile_url
                else {}
            ),
        },
    )
    book = Book()
    hub = Hub(pace, follower, catalogue, status, book, counts, hello)
    watchman = Watchman(settings, broker, catalogue, book, hub.arrived)

    def catalogue_changed(streams: Sequence[str]) -> None:
        hub.catalogue_changed(streams)
        watchman.catalogue_changed(streams)

    keeper = CatalogueKeeper(broker, catalogue, catalogue_changed)
    follower.attach(hub, keeper)
    sessions.attach(hub)
    guests = Guests(hub, sessions, settings.max_viewers)
    feeds = Feeds(broker, hub, counts, settings.viewer_buffer)
    feeds.attach(sessions)
    door = FeedDoor(broker, settings)

    health = Health("web", release)
    health.add("broker", watch.check)
    health.add("subscription", lambda: None if follower.subscription.up else "live messages do not come through")
    health.add("catalogue", lambda: None if catalogue.ready else "not read yet")

    # FastAPI's own pages load scripts from elsewhere, which our content security policy refuses.
    http: Any = FastAPI(
        title="Windsock",
        version=release,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        responses=ERRORS,
    )
    permission = Permission(settings, origins)
    add_routes(http, settings, broker, catalogue, health, permission)
    add_board_routes(http, BoardStore(broker, settings.max_boards), permission, settings.max_board)
    add_event_routes(http, guests, broker, catalogue, settings.viewer_buffer)
    add_feed_routes(http, feeds, catalogue)
    add_camera_routes(http, permission, broker, feeds, catalogue, door)
    add_alert_routes(http, permission, watchman.store, book, catalogue.__contains__)
    add_board(http, settings.frontend_dir)

    housekeeping = Housekeeping(hub, follower, catalogue, keeper, counts)
    live = LiveSocket(guests, catalogue, settings.viewer_buffer)
    asgi = Guard(settings, sessions, origins, http, live)
    return Relay(
        asgi, sessions, guests, hub, follower, catalogue, keeper, housekeeping, feeds, door, watchman, watch, health
    )

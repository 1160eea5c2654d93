"""`python -m windsock.web`: the board and the relay, until SIGTERM."""

from __future__ import annotations

import windsock.shared.early  # noqa: F401  # pyright: ignore[reportUnusedImport]  # first: it hears SIGTERM from here on

# isort: split
from windsock.shared.broker import RedisBroker
from windsock.shared.entry import run_service
from windsock.shared.health import watch_broker
from windsock.shared.listen import listen
from windsock.shared.runtime import Service
from windsock.shared.settings import Settings

from .app import create_app
from .follow import READERS
from .server import WebServer

NAME = "web"


async def serve(settings: Settings) -> int:
    """The service, from its socket to its last word."""
    listener = listen(settings.bind, settings.web_port, "web_port")

    service = Service(NAME, settings.shutdown_seconds)
    broker = RedisBroker(settings, NAME)
    relay = create_app(settings, broker)
    server = WebServer(relay.asgi, listener, settings)

    service.spawn("broker watch", watch_broker(broker, relay.watch))
    service.spawn("subscription", relay.follower.subscription.run())
    service.spawn("feeds' subscription", relay.feeds.subscription.run())
    service.spawn("feeds", relay.feeds.run())
    service.spawn("cameras", relay.door.run())
    service.spawn("catalogue", relay.keeper.run())
    for number in range(READERS):
        service.spawn(f"reader {number}", relay.follower.read())
    service.spawn("alerts' subscription", relay.watchman.subscription.run())
    service.spawn("alerts", relay.watchman.run())
    service.spawn("webhook", relay.watchman.webhook.run())
    service.spawn("sessions", relay.sessions.look_after())
    service.spawn("guests", relay.guests.run())
    service.spawn("tick", relay.hub.ticker.run())
    service.spawn("housekeeping", relay.housekeeping.run())
    service.spawn("server", server.run_here())

    async def take_nobody() -> None:
        relay.asgi.closing = True

    service.on_stop("new viewers", take_nobody)
    service.on_stop("events", relay.guests.stop)
    service.on_stop("long polling", relay.sessions.stop)
    service.on_stop("the server", server.close)
    service.on_stop("alerts", relay.watchman.stop)
    service.on_stop("the broker", broker.close)
    return await service.run()


if __name__ == "__main__":
    run_service(NAME, serve, lambda settings: 2 * settings.max_viewers)

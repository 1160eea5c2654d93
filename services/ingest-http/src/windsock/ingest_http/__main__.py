"""`python -m windsock.ingest_http`: messages in over HTTP, until SIGTERM."""

from __future__ import annotations

import windsock.shared.early  # noqa: F401  # pyright: ignore[reportUnusedImport]  # first: it hears SIGTERM from here on

# isort: split
from importlib.metadata import version

from windsock.shared.broker import RedisBroker
from windsock.shared.entry import run_service
from windsock.shared.health import BrokerWatch, Health, watch_broker
from windsock.shared.intake import Intake
from windsock.shared.listen import listen
from windsock.shared.proxies import Proxies
from windsock.shared.runtime import Service
from windsock.shared.settings import Settings

from .app import App
from .desk import Desk
from .server import HttpServer

NAME = "ingest-http"
PATIENCE_SECONDS = 2.0
"""How long a request waits for a broker that went away meanwhile; one that is known to be away is answered at once."""


async def serve(settings: Settings) -> int:
    """The service, from its socket to its last word."""
    listener = listen(settings.bind, settings.http_port, "http_port")
    about = version("windsock-ingest-http")

    service = Service(NAME, settings.shutdown_seconds)
    broker = RedisBroker(settings, NAME)
    intake = Intake(broker, settings, "http", patience=PATIENCE_SECONDS)

    watch = BrokerWatch()
    health = Health(NAME, about)
    health.add("broker", watch.check)

    proxies = Proxies(settings.trusted_proxies)
    await proxies.learn()
    app = App(settings, Desk(settings, intake, watch), health, about, proxies)
    server = HttpServer(app, listener, settings)

    service.spawn("broker watch", watch_broker(broker, watch))
    service.spawn("proxies", proxies.watch())
    service.spawn("writer", intake.run())
    service.spawn("server", server.run())
    service.spawn("port", server.look_after())

    service.on_stop("the server", server.stop)
    service.on_stop("the intake", intake.finish)
    service.on_stop("the broker", broker.close)
    return await service.run()


if __name__ == "__main__":
    run_service(NAME, serve, lambda settings: 2 * settings.max_connections)

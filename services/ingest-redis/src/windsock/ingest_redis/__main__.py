"""`python -m windsock.ingest_redis`: messages in through Redis itself, until SIGTERM."""

from __future__ import annotations

import windsock.shared.early  # noqa: F401  # pyright: ignore[reportUnusedImport]  # first: it hears SIGTERM from here on

# isort: split
import os
import secrets
import socket
from importlib.metadata import version

from windsock.shared.broker import RedisBroker
from windsock.shared.entry import run_service
from windsock.shared.health import BrokerWatch, Health, serve_health, watch_broker
from windsock.shared.intake import Intake
from windsock.shared.runtime import Service
from windsock.shared.settings import Settings

from .complaints import Complaints
from .inbound import Inbound
from .inbox import Inbox
from .lease import Lease
from .reader import Reader

NAME = "ingest-redis"


async def serve(settings: Settings) -> int:
    """The service, from its first connection to its last word."""
    service = Service(NAME, settings.shutdown_seconds)
    broker = RedisBroker(settings, NAME)
    intake = Intake(broker, settings, "redis")

    complaints = Complaints(broker)
    lease = Lease(broker, f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}")
    inbox = Inbox(broker, settings, intake, lease, complaints)
    reader = Reader(broker, intake, lease, inbox, Inbound(broker.keys, settings, intake, lease, complaints))
    waiting = broker.subscribe(lease)
    waiting.add([broker.keys.inbox_lease])

    watch = BrokerWatch()
    health = Health(NAME, version("windsock-ingest-redis"))
    health.add("broker", watch.check)
    health.add("subscription", lambda: None if waiting.up else "the probe does not come back")
    health.add("channels", reader.check)

    health_server = await serve_health(
        settings.health_host, settings.ingest_redis_health_port, health, "ingest_redis_health_port"
    )
    service.spawn("broker watch", watch_broker(broker, watch))
    service.spawn("writer", intake.run())
    service.spawn("complaints", complaints.run())
    service.spawn("subscription", waiting.run())
    service.spawn("reader", reader.run())

    service.on_stop("reading", reader.stop)
    service.on_stop("the intake", intake.finish)
    service.on_stop("the lease", reader.hand_over)
    service.on_stop("the broker", broker.close)
    try:
        return await service.run()
    finally:
        health_server.close()


if __name__ == "__main__":
    run_service(NAME, serve)

"""`python -m windsock.ingest_tcp`: messages in over TCP, until SIGTERM."""

from __future__ import annotations

import windsock.shared.early  # noqa: F401  # pyright: ignore[reportUnusedImport]  # first: it hears SIGTERM from here on

# isort: split
import asyncio
from importlib.metadata import version

from windsock.shared.broker import RedisBroker
from windsock.shared.entry import run_service
from windsock.shared.framing import ObjectSplitter
from windsock.shared.health import BrokerWatch, Health, serve_health, watch_broker
from windsock.shared.intake import Intake
from windsock.shared.listen import listen
from windsock.shared.proxies import Proxies
from windsock.shared.runtime import Service
from windsock.shared.settings import Settings

from .door import Door
from .letters import LetterSplitter

NAME = "ingest-tcp"
PACE = 0.01
"""Seconds between two writes under load. With 20,000 samples a second in 50 streams, 5 ms cost all processes 0.79 of a core and 10 ms 0.54; before a tick of
50 ms nobody sees the difference."""


async def serve(settings: Settings) -> int:
    """The service, from its sockets to its last word."""
    small_socket = listen(settings.bind, settings.tcp_port, "tcp_port")
    large_socket = listen(settings.bind, settings.tcp_large_port, "tcp_large_port")

    service = Service(NAME, settings.shutdown_seconds)
    broker = RedisBroker(settings, NAME)

    small_intake = Intake(broker, settings, "tcp", pace=PACE)
    large_intake = Intake(broker, settings, "tcp_large")
    proxies = Proxies(settings.trusted_proxies)
    await proxies.learn()
    small = Door(settings, small_intake, lambda: ObjectSplitter(settings.max_message, settings.max_depth), proxies)
    large = Door(settings, large_intake, lambda: LetterSplitter(settings.max_large_message), proxies)

    watch = BrokerWatch()
    health = Health(NAME, version("windsock-ingest-tcp"))
    health.add("broker", watch.check)

    service.spawn("broker watch", watch_broker(broker, watch))
    service.spawn("proxies", proxies.watch())
    service.spawn("writer", small_intake.run())
    service.spawn("writer of large messages", large_intake.run())
    service.spawn("port", small.look_after())
    service.spawn("port for large messages", large.look_after())
    health_server = await serve_health(
        settings.health_host, settings.ingest_tcp_health_port, health, "ingest_tcp_health_port"
    )
    await small.open(small_socket)
    await large.open(large_socket)

    for name, stop in (
        ("listening", small.stop_listening),
        ("listening for large messages", large.stop_listening),
        ("reading", small.stop_reading),
        ("reading large messages", large.stop_reading),
        ("the intakes", lambda: finish_all(small_intake, large_intake)),
        ("connections", lambda: close_all(small, large)),
        ("the broker", broker.close),
    ):
        service.on_stop(name, stop)
    try:
        return await service.run()
    finally:
        health_server.close()


async def finish_all(*intakes: Intake) -> None:
    """Store what several intakes have, at the same time: there is one deadline for all."""
    await asyncio.gather(*(intake.finish() for intake in intakes))


async def close_all(*doors: Door) -> None:
    """Close the connections of several ports at the same time: each has some patience with publishers that do not leave."""
    await asyncio.gather(*(door.close() for door in doors))


if __name__ == "__main__":
    run_service(NAME, serve, lambda settings: 2 * settings.max_connections)

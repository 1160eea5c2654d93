"""`python -m windsock.video`: feeds in, frames out, until SIGTERM."""

from __future__ import annotations

import windsock.shared.early  # noqa: F401  # pyright: ignore[reportUnusedImport]  # first: it hears SIGTERM from here on

# isort: split
import os
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import av.logging
import cv2

from windsock.shared.broker import RedisBroker
from windsock.shared.entry import run_service
from windsock.shared.feeds import FeedStore
from windsock.shared.health import BrokerWatch, Health, serve_health, watch_broker
from windsock.shared.runtime import Service
from windsock.shared.settings import Settings

from .guard import Guard
from .options import Ladder
from .runner import Tools
from .tls import Authorities
from .worker import Worker

NAME = "video"


async def serve(settings: Settings) -> int:
    """The service, from its first connection to its last word."""
    av.logging.set_level(None)  # what libav has to say of broken pictures is counted, not printed
    cv2.setNumThreads(1)  # pictures are encoded side by side; threads inside one would only get in each other's way
    authorities = Authorities(settings.video_ca_file)
    service = Service(NAME, settings.shutdown_seconds)
    broker = RedisBroker(settings, NAME)
    store = FeedStore(broker)
    guard = Guard(settings)
    pool = ThreadPoolExecutor((os.cpu_count() or 1) + 1, "painter")
    worker = Worker(Tools(settings, store, guard, pool, Ladder(), authorities))
    wakes = broker.subscribe(worker)
    wakes.add([store.keys.feeds_wake])

    watch = BrokerWatch()
    health = Health(NAME, version("windsock-video"))
    health.add("broker", watch.check)
    health.add("subscription", lambda: None if wakes.up else "wake-ups do not come through")

    service.spawn("broker watch", watch_broker(broker, watch))
    service.spawn("subscription", wakes.run())
    service.spawn("leases", worker.renew())
    service.spawn("rounds", worker.run())
    service.spawn("load", worker.weigh())
    health_server = await serve_health(settings.health_host, settings.video_health_port, health, "video_health_port")

    service.on_stop("feeds", worker.close)
    service.on_stop("the broker", broker.close)
    try:
        return await service.run()
    finally:
        health_server.close()
        guard.close()
        pool.shutdown(wait=False, cancel_futures=True)


if __name__ == "__main__":
    run_service(NAME, serve)

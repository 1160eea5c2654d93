"""Registering cameras past the ways in."""

from __future__ import annotations

from windsock.shared.broker import RedisBroker
from windsock.shared.feeds.store import feed_text
from windsock.shared.settings import Settings

__all__ = ["register"]


async def register(settings: Settings, **feeds: str) -> None:
    """Put cameras into the broker, as the intake does."""
    broker = RedisBroker(settings, "test")
    await broker.set_feeds({stream: feed_text(url, {}) for stream, url in feeds.items()})
    await broker.close()

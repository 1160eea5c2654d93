"""Registering cameras past the ways in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windsock.shared.broker import RedisBroker
from windsock.shared.feeds.store import feed_text
from windsock.shared.settings import Settings

__all__ = ["register"]


async def register(settings: Settings, config: Mapping[str, Any] | None = None, /, **feeds: str) -> None:
    """Put cameras into the broker, as the intake does."""
    broker = RedisBroker(settings, "test")
    await broker.set_feeds({stream: feed_text(url, config) for stream, url in feeds.items()})
    await broker.close()

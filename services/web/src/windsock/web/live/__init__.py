"""Live samples for other programs: server-sent events and a plain WebSocket, served from the same rings, by the same ticks as viewers."""

from __future__ import annotations

from .events import add_event_routes
from .guests import Guests
from .socket import LIVE_PATH, LiveSocket

__all__ = ["LIVE_PATH", "Guests", "LiveSocket", "add_event_routes"]

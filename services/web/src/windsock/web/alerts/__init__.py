"""Alerts: a threshold that was crossed, a rule that was broken, a stream gone silent. Judged by one web process for all, told to viewers and to a webhook."""

from __future__ import annotations

from .book import Book
from .routes import add_alert_routes
from .watchman import Watchman

__all__ = ["Book", "Watchman", "add_alert_routes"]

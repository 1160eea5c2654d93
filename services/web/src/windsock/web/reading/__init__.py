"""Reading back: what streams have in history, for other programs, over HTTP."""

from __future__ import annotations

from .routes import add_reading_routes

__all__ = ["add_reading_routes"]

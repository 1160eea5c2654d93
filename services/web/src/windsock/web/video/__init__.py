"""Feeds on the board: frames from the video workers to the viewers that look at them."""

from .relay import Feeds
from .routes import add_feed_routes

__all__ = ["Feeds", "add_feed_routes"]

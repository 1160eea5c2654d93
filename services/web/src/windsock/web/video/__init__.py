"""Feeds on the board: frames from the video workers to the viewers that look at them, and cameras that people add."""

from .door import FeedDoor
from .relay import Feeds
from .routes import add_camera_routes, add_feed_routes

__all__ = ["FeedDoor", "Feeds", "add_camera_routes", "add_feed_routes"]

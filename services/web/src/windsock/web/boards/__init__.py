"""Saved boards: arrangements of panels under a name, for everybody."""

from .routes import add_board_routes
from .store import BoardStore

__all__ = ["BoardStore", "add_board_routes"]

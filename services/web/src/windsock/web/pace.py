"""How fast, and how much, viewers are served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["HURRY_SECONDS", "PASS_SECONDS", "Pace"]

HURRY_SECONDS: Final = 0.004
"""Between two passes for viewers that have just come or could take more at once: their sockets are flushed in between."""
PASS_SECONDS: Final = 0.010
"""How long one such pass may take: a crowd that comes at once must not make the others wait."""


@dataclass(frozen=True)
class Pace:
    """The settings."""

    tick: float
    """Seconds between two packets to a viewer."""
    viewer_buffer: int
    """Unsent bytes past which a viewer gets nothing more."""
    viewer_stall: float
    """Seconds after which a viewer that takes nothing is cut."""
    max_watched: int
    """Streams one viewer may watch."""

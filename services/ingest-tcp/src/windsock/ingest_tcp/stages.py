"""Where a publisher's connection stands in its life, and why it is not read."""

from __future__ import annotations

from enum import Enum
from typing import Final

__all__ = ["Hold", "Stage"]


class Stage(Enum):
    """A connection's life, in order."""

    OPEN = "open"
    """Messages are taken."""
    ENDING = "ending"
    """No more messages are taken; the answers to those that came are awaited."""
    LINGERING = "lingering"
    """All is said and our side is shut; what still comes is dropped."""
    CLOSED = "closed"


class Hold:
    """Why a connection is not read, as bits. Plain numbers: a `Flag` costs ten times as much, a few times for every read."""

    NONE: Final = 0
    WORK: Final = 1
    """What was read is not all taken yet: it is the turn of others, or the intake is full."""
    ANSWERS: Final = 2
    """The publisher does not read its acknowledgements."""
    ERRORS: Final = 4
    """The publisher sent too many errors in this second."""
    STOP: Final = 8
    """No more is taken."""

"""How long to wait before the next try: soon at first, seldom later, and never all clients at the same moment."""

from __future__ import annotations

import random
from typing import Final

__all__ = ["Backoff"]

_FIRST: Final = 0.1
"""Seconds. A service that is being restarted is back within a second or two: the first tries should meet it."""
_MOST: Final = 5.0
"""A refused connection costs next to nothing, so the program is heard again soon after an outage of any length."""
_random: Final = random.Random()  # noqa: S311  # spreads tries, guards nothing
"""Our own: a program that seeds Python's gets the numbers that it expects, whatever our thread does meanwhile."""


class Backoff:
    """Doubles from `first` to `most`; `reset` after a success."""

    def __init__(self, first: float = _FIRST, most: float = _MOST) -> None:
        self._first = first
        self._most = most
        self._next = first

    def reset(self) -> None:
        """It worked."""
        self._next = self._first

    def next(self) -> float:
        """Seconds to wait now: between half of the step and all of it."""
        seconds = self._next * _random.uniform(0.5, 1.0)
        self._next = min(self._next * 2, self._most)
        return seconds

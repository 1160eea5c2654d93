"""A promised time on a machine that others use, too.

Beside what is tested runs a control: the same, at the same moments, without what could hold it up. By as much as the control takes longer than it usually does,
what is tested may exceed its promise, and by no more. What was measured goes to the log: `pytest --log-cli-level=INFO`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable

__all__ = ["allowed", "figures", "longest_gap"]

figures = logging.getLogger("figures")


def allowed(promised: float, control: float, usual: float) -> float:
    """The promise, and what the machine adds to it at the moment."""
    return promised + max(0.0, control - usual)


def longest_gap(moments: Iterable[float]) -> float:
    """The longest time between one moment and the next."""
    return max((later - earlier for earlier, later in itertools.pairwise(moments)), default=0.0)

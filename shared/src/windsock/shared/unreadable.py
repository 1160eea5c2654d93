"""What Redis has and can't be read: made by hand, or written by another version. It costs whoever asked for it what it is, and nobody else anything.

Each is counted, and logged once; no task ends over it.
"""

from __future__ import annotations

import logging
from typing import Final

from prometheus_client import REGISTRY, Counter

__all__ = ["UNREADABLE", "unreadable"]

log = logging.getLogger(__name__)

UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What taking apart such a thing raises: text that is no JSON or no UTF-8, a field that is missing or of another kind."""
MOST_REMEMBERED: Final = 1_000
"""Past so many nothing more is logged, only counted: a flood of them is one fault, and not a thousand."""
COUNTED: Final = Counter(
    "windsock_unreadable", "What the broker has and could not be read, by what it is.", ["what"], registry=REGISTRY
)
_logged: Final[set[tuple[str, str]]] = set()


def unreadable(what: str, stream: str, error: Exception) -> None:
    """Count that what the broker has of a stream can't be read, and log it the first time."""
    COUNTED.labels(what).inc()
    if (what, stream) not in _logged and len(_logged) < MOST_REMEMBERED:
        _logged.add((what, stream))
        log.warning("the %s of stream %r can't be read: %s: %s", what, stream, type(error).__name__, error)

"""Tells a person what went wrong: a warning in the log, not more than one a minute of a kind, and the program's own `on_error`."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from windsock.client.errors import WindsockError

__all__ = ["OnError", "Reports", "log"]

log: Final = logging.getLogger("windsock")

OnError = Callable[[WindsockError], None]

QUIET_SECONDS: Final = 60.0
"""A stream that sends wrong values a thousand times a second must not fill the host program's log."""


class Reports:
    """One stream's troubles.

    Args:
        on_error: called in the background thread, except for drops, which the sending thread notices.
    """

    def __init__(self, on_error: OnError | None = None) -> None:
        self.on_error = on_error
        self.last: WindsockError | None = None
        """The newest since `take`: what a strict stream raises."""
        self.reset()

    def reset(self) -> None:
        """Forget everything; in a forked child, locks too."""
        self._lock = threading.RLock()
        self._told: dict[str, tuple[float, int]] = {}
        self.last = None

    def tell(self, error: WindsockError, *, logged: bool = True) -> None:
        """Something was refused or dropped.

        Args:
            error: what.
            logged: False if the log has it already, told once for all streams.
        """
        self.last = error
        now = time.monotonic()
        with self._lock:
            told, kept_back = self._told.get(error.code, (-QUIET_SECONDS, 0))
            silent = now - told < QUIET_SECONDS or not logged
            self._told[error.code] = (told, kept_back + 1) if silent else (now, 0)
        if not silent:
            more = f" (and {kept_back} more like it in the last minutes)" if kept_back else ""
            log.warning("%s%s", error, more)
        if self.on_error is not None:
            try:
                self.on_error(error)
            except Exception:
                log.exception("on_error of stream %r failed", error.stream)

    def take(self) -> WindsockError | None:
        """The newest trouble, once."""
        error, self.last = self.last, None
        return error

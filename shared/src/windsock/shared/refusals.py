"""Tells in the log whose messages or connections are refused, by address: one line a minute for each, however much it sends."""

from __future__ import annotations

import logging
from typing import Final

from windsock.shared.errors import WindsockError

__all__ = ["RefusalLog"]

log = logging.getLogger(__name__)

QUIET_MS: Final = 60_000
MOST_ADDRESSES: Final = 1_000
"""Remembered ones; whoever has been quiet longest is forgotten."""


class RefusalLog:
    """Of one way in."""

    def __init__(self, way: str) -> None:
        self._way: Final = way
        self.seen: Final[dict[str, list[int]]] = {}
        """Address to when it was told of last, and how many refusals came since."""

    def note(self, address: str, error: WindsockError, now: int, count: int = 1) -> None:
        """So many things from there were refused, the last of them for this reason."""
        last = self.seen.pop(address, None)
        if last is not None and now - last[0] < QUIET_MS:
            last[1] += count
            self.seen[address] = last
            return
        before = f" ({last[1]} more since the last line)" if last is not None and last[1] else ""
        # `address` and `code` stand beside the text in JSON logs, for programs that watch them.
        extra = {"address": address, "code": error.code.value, "way": self._way}
        log.warning("%s: refused from %s: %s%s", self._way, address, error.message, before, extra=extra)
        self.seen[address] = [now, 0]
        if len(self.seen) > MOST_ADDRESSES:
            del self.seen[next(iter(self.seen))]

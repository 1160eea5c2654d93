"""Imported by a service's `__main__` before anything else: from here on SIGTERM ends the process with status 0, while it is still being put together.

A container's first process does not even get a signal that it has no handler for: `docker stop` in the second that the other imports take would wait for ten,
and kill. `Service` takes the signals over when there is something to stop in order.
"""

from __future__ import annotations

import os
import signal


def _end(*_: object) -> None:
    os._exit(0)  # nothing was accepted yet, and half an import can't be unwound


for _number in (signal.SIGTERM, signal.SIGINT):
    # A shell's background job is told to ignore SIGINT, and goes on ignoring it.
    if signal.getsignal(_number) is not signal.SIG_IGN:
        signal.signal(_number, _end)

"""When a relay peer sends: every 50 ms, from the line `on` to the line `off` on its stdin, so that servers can take turns with all viewers connected."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["PERIOD", "tick_when_told"]

PERIOD = 0.05


async def tick_when_told(tick: Callable[[], Awaitable[None]]) -> None:
    """Call `tick` at 20 Hz while switched on. A tick that takes longer than the period delays the next; it is not made up for."""
    loop = asyncio.get_running_loop()
    switched = asyncio.Event()

    def command() -> None:
        text = os.read(sys.stdin.fileno(), 4096)
        if not text:
            loop.remove_reader(sys.stdin.fileno())
        switched.clear()
        if text.split()[-1:] == [b"on"]:
            switched.set()

    loop.add_reader(sys.stdin.fileno(), command)
    due = loop.time()
    while True:
        await switched.wait()
        await tick()
        due = max(due + PERIOD, loop.time())
        await asyncio.sleep(due - loop.time())

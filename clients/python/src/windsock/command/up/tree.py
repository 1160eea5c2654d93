"""The processes of one run, in stages: watched as one, stopped in order."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from windsock.command.up.child import Child
    from windsock.command.up.console import Console

T = TypeVar("T")
INDENT = "    "


class StopAsked(Exception):
    """Somebody asked for the end."""


class ChildDied(Exception):
    """A vital process ended by itself; the message says which, how, and what it last said."""


@dataclass
class Stage:
    """Processes that are stopped together, and the time they have for it."""

    name: str
    seconds: float
    children: list[Child] = field(default_factory=list["Child"])


class Tree:
    """Stages in the order in which they are stopped: sources before sinks."""

    def __init__(self, stages: list[Stage], console: Console) -> None:
        self._stages = stages
        self._console = console
        self._stop_asked = asyncio.Event()
        self._deaths: asyncio.Queue[Child] = asyncio.Queue()  # bounded by the number of children
        self._watchers: list[asyncio.Task[None]] = []

    def ask_to_stop(self) -> None:
        """The first time: in order. The second time: at once."""
        if self._stop_asked.is_set():
            self._console.say("Stopping at once.")
            for child in self._children():
                child.kill()
        self._stop_asked.set()

    async def start(self, stage: str, child: Child, *, vital: bool = True) -> None:
        """Start one more process. The end of a vital one is the end of the run."""
        next(each for each in self._stages if each.name == stage).children.append(child)
        await child.start()
        self._watchers.append(asyncio.create_task(self._watch(child, vital=vital), name=f"watch over {child.name}"))

    async def watched(self, work: Coroutine[object, object, T]) -> T:
        """The result of `work`, unless the run ends first.

        Raises:
            StopAsked: somebody asked for the end.
            ChildDied: a vital process ended.
        """
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self._stop_asked.wait())
        death = asyncio.create_task(self._deaths.get())
        try:
            await asyncio.wait([task, stop, death], return_when=asyncio.FIRST_COMPLETED)
            # A Ctrl-C comes first: what dies of it is no failure.
            if stop.done():
                raise StopAsked
            if death.done():
                raise ChildDied(_obituary(death.result()))
            return await task
        finally:
            for each in (task, stop, death):
                each.cancel()
            await asyncio.gather(task, stop, death, return_exceptions=True)

    async def stop(self) -> None:
        """Stage after stage, each within its time; time that one does not use, the next ones have."""
        began = time.monotonic()
        running = [child for child in self._children() if not child.ended.is_set()]
        if running:
            self._console.say(f"Stopping {', '.join(child.name for child in running)} ...")
        deadline = began
        for stage in self._stages:
            deadline += stage.seconds
            left = max(deadline - time.monotonic(), 0.05)
            in_time = await asyncio.gather(*(child.stop(left) for child in stage.children))
            for child, fine in zip(stage.children, in_time, strict=True):
                if not fine and child in running:
                    self._console.say(f"{child.name} did not stop in time and was killed.")
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        self._console.say(f"Stopped after {time.monotonic() - began:.1f} s.")

    async def _watch(self, child: Child, *, vital: bool) -> None:
        await child.ended.wait()
        if not child.died:
            return
        if vital:
            self._deaths.put_nowait(child)
        elif child.status != 0:
            self._console.say(f"{_obituary(child)}\n{INDENT}The board goes on without it.")

    def _children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage.children]


def _obituary(child: Child) -> str:
    lines = [f"{child.name} {child.fate}. The last that it said:"]
    lines += [f"{INDENT}{line}" for line in child.tail] or [f"{INDENT}(nothing)"]
    return "\n".join(lines)

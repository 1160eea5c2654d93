"""Which feeds this worker holds: those that somebody watches and nobody else holds, as many as it may.

Workers do not know of each other. A watched feed goes to whoever takes its lease first, and a worker waits the longer before it tries the more it holds, so
feeds spread. A worker that dies or freezes stops renewing; the others see for how long its leases last, and try again at that very moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import WindsockError
from windsock.shared.feeds import Feed, FeedState, Kind, State
from windsock.shared.runtime import now_ms

from .cores import usable_cores
from .metrics import BEHIND, HELD, LEVEL, LOST_LEASES
from .runner import Runner, Tools

if TYPE_CHECKING:
    from windsock.shared.feeds import FeedStore

__all__ = ["Worker"]

log = logging.getLogger(__name__)

ROUND_SECONDS: Final = 0.5
WAIT_PER_FEED: Final = 0.015
MOST_WAIT: Final = 0.25
SOON: Final = 0.005
LOAD_SECONDS: Final = 1.0
TURNS: Final = 4
"""Times in LOAD_SECONDS that it looks how late it gets its turn."""
AFTER_FAULT_SECONDS: Final = 5.0
"""A feed that ended by a fault of ours is not taken again at once: it would end by it again."""


class Held:
    """A feed of ours."""

    def __init__(self, runner: Runner, task: asyncio.Task[None]) -> None:
        self.runner: Final = runner
        self.task: Final = task
        self.wanted_at = asyncio.get_running_loop().time()


class Worker:
    """See the module. A listener of the channel that wakes workers."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._store: FeedStore = tools.store
        self._lease: Final = tools.settings.video_lease
        self._held: dict[str, Held] = {}
        self._others: dict[str, float] = {}
        """Feeds that others hold: until when, at least."""
        self._changed: set[str] = set()
        self._faulty: set[str] = set()
        """Feeds that ended by a fault of ours, and whose lease still runs."""
        self._known: dict[str, Feed] = {}
        self._closing = False
        self._awake = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def held(self) -> dict[str, State]:
        """What it holds, and how that is."""
        return {stream: held.runner.state for stream, held in self._held.items()}

    # --- port.Listener

    def received(self, channel: str, message: bytes) -> None:  # noqa: ARG002  # there is but one channel
        stream = message.decode("utf-8", "replace")
        self._changed.add(stream)
        self._others.pop(stream, None)
        self._awake.set()

    def connected(self) -> None:
        # What was said meanwhile is not known: look at everything again.
        self._changed |= {*self._known, *self._held}
        self._awake.set()

    def disconnected(self, reason: str) -> None:
        pass

    # --- rounds

    async def run(self) -> None:
        """Take and let go of feeds, until cancelled."""
        while not self._closing or await asyncio.Event().wait():
            try:
                await self._round()
            except WindsockError as error:
                log.debug("no round: %s", error.message)
            now = self._loop.time()
            soonest = min(self._others.values(), default=now + ROUND_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(ROUND_SECONDS, max(SOON, soonest - now))):
                    await self._awake.wait()
            self._awake.clear()

    async def _round(self) -> None:
        wishes = await self._store.wanted()
        kinds: dict[str, set[Kind]] = {}
        for wish in wishes:
            kinds.setdefault(wish.stream, set()).add(wish.kind)
        await self._look_at_changes()
        faulty, self._faulty = self._faulty, set()
        # Under the same epoch its frames would be numbered from the start again.
        try:
            await self._store.release(faulty)
        except WindsockError:
            self._faulty |= faulty
            raise
        now = self._loop.time()
        linger = self._tools.settings.video_linger
        unwanted: list[str] = []
        for stream, held in self._held.items():
            if stream in kinds:
                held.wanted_at = now
            elif now - held.wanted_at > linger:
                unwanted.append(stream)
            held.runner.kinds = frozenset(kinds.get(stream, ()))
        await self._let_go(unwanted)
        self._others = {stream: until for stream, until in self._others.items() if stream in kinds}
        room = self._tools.settings.video_max_feeds - len(self._held)
        free = [stream for stream in kinds if stream not in self._held and self._others.get(stream, 0.0) <= now]
        if free and room > 0 and not self._closing:
            if self._held:
                await asyncio.sleep(min(MOST_WAIT, WAIT_PER_FEED * len(self._held)))
            await self._take(free[:room], kinds)
        self._count()

    async def _look_at_changes(self) -> None:
        changed, self._changed = self._changed, set()
        others: list[str] = []
        for stream in changed:
            self._known.pop(stream, None)
        try:
            for stream in changed & self._held.keys():
                feed = await self._store.feed(stream)
                held = self._held.get(stream)
                if held is not None and feed != held.runner.feed:
                    others.append(stream)
        except WindsockError:
            self._changed |= changed  # all of them are looked at again
            raise
        # Another camera, or none: begin anew, under another epoch.
        await self._let_go(others)

    async def _take(self, streams: Iterable[str], kinds: dict[str, set[Kind]]) -> None:
        feeds: dict[str, Feed] = {}
        for stream in streams:
            feed = self._known.get(stream) or await self._store.feed(stream)
            if feed is not None:
                self._known[stream] = feeds[stream] = feed
        before = self._loop.time()
        if self._closing:
            return
        for stream, tenure in (await self._store.own(feeds, round(self._lease * 1000))).items():
            if not tenure.epoch:
                self._others[stream] = before + tenure.left_ms / 1000 + SOON
                continue
            runner = Runner(feeds[stream], tenure.epoch, self._tools, lambda stream=stream: self._lost(stream))
            runner.kinds = frozenset(kinds[stream])
            runner.deadline = before + self._lease
            task = asyncio.create_task(runner.run(), name=f"feed {stream[:40]}")
            task.add_done_callback(lambda task, stream=stream: self._ended(stream, task))
            self._held[stream] = Held(runner, task)

    async def renew(self) -> None:
        """Renew the leases, until cancelled."""
        while True:
            await asyncio.sleep(self._lease / 4)
            held = dict(self._held)
            before = self._loop.time()
            try:
                tenures = await self._store.own(held, round(self._lease * 1000))
            except WindsockError:
                continue  # the broker is away: runners send nothing past their deadline
            for stream, tenure in tenures.items():
                runner = held[stream].runner
                if tenure.epoch == runner.epoch:
                    runner.deadline = before + self._lease
                elif self._held.get(stream) is held[stream]:
                    if tenure.epoch:
                        await self._store.release([stream])  # it lapsed, and is ours under another epoch: begin anew
                    self._lost(stream)

    async def weigh(self) -> None:
        """See how busy this process keeps the machine, and how long it waits for its turn, until cancelled."""
        cores = usable_cores()
        wall, cpu = time.monotonic(), time.process_time()
        while True:
            for _ in range(TURNS):
                due = time.monotonic() + LOAD_SECONDS / TURNS
                await asyncio.sleep(LOAD_SECONDS / TURNS)
                # A picture that was due meanwhile took as long, though once it was begun it may have been quick.
                self._tools.ladder.took(time.monotonic() - due)
            wall_now, cpu_now = time.monotonic(), time.process_time()
            level = self._tools.ladder.step((cpu_now - cpu) / (wall_now - wall) / cores, wall_now)
            LEVEL.set(level)
            wall, cpu = wall_now, cpu_now

    # --- letting go

    def _lost(self, stream: str) -> None:
        held = self._held.pop(stream, None)
        if held is not None:
            LOST_LEASES.inc()
            log.warning("feed %r is another worker's now", stream[:128])
            held.task.cancel()
            self._awake.set()

    def _ended(self, stream: str, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        log.error("feed %r ended, and should not have: %s", stream[:128], type(error).__name__, exc_info=error)
        held = self._held.get(stream)
        if held is not None and held.task is task:
            del self._held[stream]
            self._faulty.add(stream)
            self._others[stream] = self._loop.time() + AFTER_FAULT_SECONDS

    async def _let_go(self, streams: Iterable[str]) -> None:
        gone = [(stream, held) for stream in streams if (held := self._held.pop(stream, None)) is not None]
        for _, held in gone:
            held.task.cancel()
        if gone:
            await asyncio.wait([held.task for _, held in gone], timeout=1.0)
            with contextlib.suppress(WindsockError):
                for stream, _ in gone:
                    await self._store.tell(FeedState(stream, State.IDLE, now_ms()))
                await self._store.release([stream for stream, _ in gone])
                for stream, _ in gone:
                    await self._store.wake(stream)

    async def close(self) -> None:
        """Take nothing more, and let go of everything, so that other workers need not wait."""
        self._closing = True
        await self._let_go(list(self._held))

    def _count(self) -> None:
        states = [held.runner.state for held in self._held.values()]
        for state in State:
            HELD.labels(state.value).set(states.count(state))
        BEHIND.set(sum(held.runner.behind for held in self._held.values()))

"""One stream followed without hole or double: live messages and history, merged by offset.

Live messages can be missing (the subscription was down) and history can't be listened to. So: listen first, hold what arrives, read history, then put both
together. A live message that does not follow the last one starts that anew. Nothing here does any I/O: whoever owns a track reads what its `plan` says and
hands the answer to `merge`.
"""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from windsock.shared.broker.port import Entry, History, Live

from .ring import Ring

__all__ = ["Bounds", "IllegalMoveError", "Plan", "State", "Track"]

NO_BOUND: Final = sys.maxsize


class State(Enum):
    """Whether what the ring holds is up to date."""

    CUT = "cut"
    """Nothing arrives: not subscribed yet, or the subscription is down."""
    READING = "reading"
    """History is to be read; live messages are held meanwhile."""
    LIVE = "live"
    """Each live message goes straight into the ring."""


class IllegalMoveError(RuntimeError):
    """A track was asked for what its state does not allow."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a ring keeps."""

    samples: int
    size: int
    """Bytes."""
    most: int
    """Bytes, while viewers are being brought up to date from it."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What to read from history."""

    after: int
    newest: int | None


class Track:
    """See the module. `picture`: only the newest sample counts, holes are no loss."""

    __slots__ = (
        "_before",
        "_checked",
        "_held",
        "_held_size",
        "_over",
        "_overflown",
        "_plan",
        "_wider",
        "bounds",
        "filled",
        "lives",
        "picture",
        "ring",
        "state",
        "wide_until",
    )

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.picture = False
        self.ring: Final = Ring()
        self.state = State.CUT
        self.filled = False
        """Whether the ring was filled from history once, and may be shown."""
        self.lives = 0
        """How often the stream's samples turned out to be others than those shown before: a new epoch, or a broker that lost its last ones."""
        self.wide_until = 0.0
        """Until then (a time like those given to `trim`) the ring keeps more, for those who are behind."""
        self._over = False
        """The ring's life has ended; what history has is another."""
        self._checked = False
        """Since messages may have been missed, the ring was found to be the beginning of what history has."""
        self._wider = False
        """The ring is to hold more than it was filled with."""
        self._plan: Plan | None = None
        self._held: deque[Live] = deque()
        self._held_size = 0
        self._overflown = False
        self._before: list[Live] = []

    @property
    def wants_read(self) -> bool:
        """Whether `plan` has one."""
        return self.state is State.READING and self._plan is None

    @property
    def held(self) -> int:
        """Live messages that wait for history."""
        return len(self._held)

    # --- what the subscription says

    def subscribed(self) -> None:
        """From now on live messages arrive; what came before must be read."""
        self._forget_read()
        self._begin_reading()

    def cut(self) -> None:
        """Live messages may be missed from now on."""
        self._forget_read()
        self.state = State.CUT

    def doubt(self) -> None:
        """Something says that history is not what the ring holds: look."""
        if self.state is State.LIVE:
            self._begin_reading()
        elif self.state is State.READING:
            self._checked = False
            self._overflown = True

    def live(self, message: Live) -> bool:
        """Take a live message. True if the ring has it now."""
        if self.state is State.LIVE:
            ring = self.ring
            if message.epoch == ring.epoch:
                if message.offset <= ring.last:
                    return False
                if message.offset - message.count == ring.last or self.picture:
                    self._append(message)
                    return True
            self._begin_reading()
        if self.state is State.READING:
            self._hold(message)
        return False

    def _begin_reading(self) -> None:
        self.state = State.READING
        self._checked = False

    def _append(self, message: Live) -> None:
        ring = self.ring
        if message.offset - message.count != ring.last:
            ring.clear(ring.epoch, message.offset - message.count)
        ring.append(Entry(message.offset, message.count, message.payload))
        if ring.size > self.bounds.most:
            ring.trim(NO_BOUND, self.bounds.most)

    def _hold(self, message: Live) -> None:
        if self.picture:
            self._release_held()
        self._held.append(message)
        self._held_size += len(message.payload)
        if self._held_size > self.bounds.most:
            # What is dropped here is in history: it is read once more.
            self._release_held()
            self._overflown = True

    def _release_held(self) -> None:
        self._held.clear()
        self._held_size = 0

    def _forget_read(self) -> None:
        self._plan = None
        self._overflown = False
        self._before = []
        self._release_held()

    # --- what history says

    def widen(self, samples: int) -> None:
        """Keep at least so many samples from now on; reads them if the ring has fewer than there are."""
        bounds = self.bounds
        if samples <= bounds.samples:
            return
        self.bounds = Bounds(samples, bounds.size, bounds.most)
        if not self.picture and (self.ring.first > 1 or not self.filled):
            self._wider = True
            self.doubt()

    def turn(self, *, picture: bool) -> None:
        """The stream is of another kind from now on: its ring is filled anew."""
        self.picture = picture
        self.filled = False
        self.doubt()

    def plan(self) -> Plan | None:
        """What to read now; None if nothing, or if a read is under way. Each plan must be answered by `merge` or `failed`."""
        if not self.wants_read:
            return None
        ring = self.ring
        if self.picture:
            plan = Plan(0, 1)
        elif not self.filled or not ring.epoch or self._over or (self._wider and self._checked):
            plan = Plan(0, self.bounds.samples)
        else:
            # Beside what is missing, the last known batch once more: if it is another one now, the broker lost its last ones and went on from there.
            plan = Plan(ring.last - 1 if ring.newest else ring.last, None)
        # The read is sent after these arrived, so it sees them, or says that their epoch is over.
        self._before = list(self._held)
        self._release_held()
        self._plan = plan
        return plan

    def failed(self, plan: Plan) -> None:
        """The read got no answer: plan again."""
        if plan is self._plan:
            self._plan = None
            self._before = []

    def merge(self, plan: Plan, history: History) -> None:
        """Put what was read, and what was held meanwhile, into the ring. An answer to a plan from before a cut is let go."""
        if plan is not self._plan:
            return
        if self.state is not State.READING:
            raise IllegalMoveError(f"a track that is {self.state.value} merges nothing")
        self._plan = None
        same = not self._over and self._same_life(history)
        if not same and plan.newest is None and history.epoch:
            self._over = True  # what was read is only the end of another life: it must be filled
            return
        self._take(plan, history, same=same)
        before, self._before = self._before, []
        for message in before:
            if self._follows(message):
                self._append(message)
        again, self._overflown = self._overflown or self._wider, False
        held = list(self._held)
        self._release_held()
        for message in held:
            if self._follows(message):
                self._append(message)
            elif message.epoch != self.ring.epoch or message.offset > self.ring.last:
                # It was published after the read, and after something that we have not seen. The next read is sent after it arrived.
                again = True
        if not again:
            self.state = State.LIVE

    def _take(self, plan: Plan, history: History, *, same: bool) -> None:
        ring, entries = self.ring, history.entries
        self._checked = True
        if plan.newest is not None:
            self._wider = not self.picture and plan.newest < self.bounds.samples  # widened while it was read
        if plan.newest is not None or not same:
            if self.filled and not same:
                self.lives += 1
            start = entries[0].offset - entries[0].count if entries else history.offset
            ring.clear(history.epoch, start)
            self.filled = True
            self._over = False
        for entry in entries:
            if entry.offset > ring.last:
                if entry.offset - entry.count != ring.last:
                    ring.clear(ring.epoch, entry.offset - entry.count)
                ring.append(entry)
        if ring.last != history.offset:
            ring.clear(ring.epoch, history.offset)
        ring.trim(NO_BOUND, self.bounds.most)

    def _same_life(self, history: History) -> bool:
        """Whether history goes on from what the ring holds."""
        ring = self.ring
        if history.epoch != ring.epoch or history.offset < ring.last:
            return False
        newest = ring.newest
        if newest is None:
            return True
        for entry in history.entries:
            if entry.offset >= newest.offset:
                return entry == newest or entry.offset - entry.count >= newest.offset
        return True

    def _follows(self, message: Live) -> bool:
        ring = self.ring
        if message.epoch != ring.epoch or message.offset <= ring.last:
            return False
        return self.picture or message.offset - message.count == ring.last

    def deepen(self, history: History, until: float) -> None:
        """Put older samples before the ring's, and keep them for a while."""
        if history.epoch == self.ring.epoch:
            self.wide_until = max(self.wide_until, until)
            self.ring.prepend(history.entries, self.bounds.most)

    def trim(self, now: float, needed: int) -> None:
        """Drop what nobody needs any more; `needed` is how many of the newest samples somebody may still ask for, apart from those that a snapshot holds."""
        bounds = self.bounds
        if self.picture:
            self.ring.trim(1, bounds.size)
        elif now >= self.wide_until:
            self.ring.trim(max(bounds.samples, needed), bounds.size)

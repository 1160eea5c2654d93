"""One stream's waiting samples: bounded, the oldest dropped first, every drop counted. The only part of the client on the program's hot path."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, MutableSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from windsock.client.errors import DROPPED, WindsockError

if TYPE_CHECKING:
    from windsock.client.encoding import Entry
    from windsock.client.reports import Reports
    from windsock.client.transport import Lost

__all__ = ["Outbox", "Stats", "Way"]

MOST_BYTES: Final = 32 * 1024 * 1024
"""What one stream's waiting samples may hold: one message as large as the server takes."""

DROP_SECONDS: Final = 1.0
"""Drops are told at most so often: while the server is away, each `send` drops a sample, and must not cost more for it."""


@dataclass(frozen=True)
class Stats:
    """What became of a stream's samples. `sent` is the sum of the others."""

    sent: int
    """Given to `send`."""
    stored: int
    """Acknowledged by the server."""
    refused: int
    """Refused by the server, or without a JSON form."""
    dropped: int
    """Given up: more waited than may wait, or the program ended."""
    waiting: int
    """Not sent yet, or not acknowledged yet."""


class Way(Protocol):
    """Who takes what waits: a lane, as its outboxes see it."""

    @property
    def name(self) -> str:
        """Where it leads."""
        ...

    @property
    def outboxes(self) -> MutableSet[Outbox]:
        """All that go by it."""
        ...

    @property
    def ready(self) -> deque[Outbox]:
        """Those with something to send. Holds each at most once."""
        ...

    @property
    def awake(self) -> bool:
        """Whether it will look at `ready` by itself."""
        ...

    @property
    def trouble(self) -> Lost | None:
        """Why nothing gets through at the moment."""
        ...

    def wake(self) -> None:
        """Something waits, and nobody looks."""
        ...


class Outbox:
    """The queue between the program's threads and a lane's.

    Args:
        stream: its id.
        lane: who sends it.
        reports: who is told of drops and refusals.
        most: how many samples may wait.
        most_bytes: how much they may hold.
    """

    __slots__ = (
        "__weakref__", "_entries", "_most", "_most_bytes", "_quiet_until", "_ready", "_room_calls", "_settled", "_weight",
        "dropped", "kind", "lane", "look", "refused", "reports", "sent", "stored", "stream",
    )  # fmt: skip

    def __init__(self, stream: str, lane: Way, reports: Reports, most: int, most_bytes: int = MOST_BYTES) -> None:
        self.stream: Final = stream
        self.lane = lane
        self.kind: str | None = None
        """The stream's type, if it is known here."""
        self.look: dict[str, Any] = {}
        """The spec to announce before the next sample. Replaced, never changed: another thread compares it with what it announced."""
        self.reports: Final = reports
        self._most = max(1, most)
        self._most_bytes = most_bytes
        self.reset()
        lane.outboxes.add(self)  # last: the lane's thread looks at all that are there

    def reset(self) -> None:
        """Begin anew with nothing: a forked child's copy of what its parent sends must not be sent twice."""
        self._entries: deque[Entry] = deque()
        self._weight = 0
        self._ready = False
        self._quiet_until = 0.0
        self._settled = threading.Condition(
            threading.RLock()
        )  # reentrant: a signal's handler may send while the program is just sending
        self._room_calls: list[Callable[[], None]] = []
        self.reports.reset()
        self.sent = self.stored = self.refused = self.dropped = 0

    def settle_in(self, lane: Way, most: int) -> None:
        """Go by another lane from now on; only before the first sample."""
        self.lane.outboxes.discard(self)
        lane.outboxes.add(self)
        self.lane = lane
        self._most = max(1, most)

    @property
    def packs_as(self) -> str | None:
        """The type by which samples are packed. A legend names series, so where there is one, a list is a row of them."""
        return self.kind or ("line" if "legend" in self.look else None)

    # --- the program's side

    def put(self, entry: Entry) -> None:
        """Take a sample. Never waits: if too many wait already, the oldest go."""
        with self._settled:
            self.sent += 1
            self._weight += entry[2]
            entries = self._entries
            entries.append(entry)
            dropped = 0
            if len(entries) > self._most or self._weight > self._most_bytes:
                dropped = self._make_room()
            if not self._ready:
                self._ready = True
                self.lane.ready.append(self)
        if not self.lane.awake:
            self.lane.wake()
        if dropped and (now := time.monotonic()) >= self._quiet_until:
            self._quiet_until = now + DROP_SECONDS
            self._tell_drop()

    def count_unsendable(self) -> None:
        """A sample that could not even be taken."""
        with self._settled:
            self.sent += 1
            self.refused += 1

    def announce(self) -> None:
        """Have the looks sent even if no sample comes."""
        with self._settled:
            if not self._ready:
                self._ready = True
                self.lane.ready.append(self)
        self.lane.wake()

    def _tell_drop(self) -> None:
        why = f"more than {self._most:,} samples or {self._most_bytes:,} bytes waited; the oldest are dropped, {self.dropped:,} so far"
        self.reports.tell(WindsockError(DROPPED, why, self.stream))

    def _make_room(self) -> int:
        entries = self._entries
        dropped = 0
        # The newest always stays, whatever it weighs: it is what a viewer wants to see.
        while len(entries) > self._most or (self._weight > self._most_bytes and len(entries) > 1):
            self._weight -= entries.popleft()[2]
            dropped += 1
        self.dropped += dropped
        self._settled.notify_all()
        return dropped

    @property
    def full(self) -> bool:
        """Whether one more sample would drop another."""
        return len(self._entries) >= self._most or self._weight >= self._most_bytes

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call back, once, from the background thread, when there is room; at once if there is."""
        with self._settled:
            if self.full:
                self._room_calls.append(callback)
                return
        callback()

    def wait_settled(self, timeout: float | None) -> bool:
        """Wait until every sample taken so far is stored, refused or dropped. False if that took too long."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._settled:
            mark = self.sent
            while self.settled < mark:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                self._settled.wait(left)
        return True

    @property
    def waiting(self) -> int:
        """Samples that are not stored, refused or dropped yet."""
        return self.sent - self.settled

    @property
    def settled(self) -> int:
        """Samples that need nothing any more."""
        return self.stored + self.refused + self.dropped

    def stats(self) -> Stats:
        """The counters now."""
        with self._settled:
            return Stats(self.sent, self.stored, self.refused, self.dropped, self.waiting)

    # --- the lane's side

    def take(self, most: int, most_bytes: int) -> list[Entry]:
        """The oldest samples, to be encoded; if more are left, the stream goes to the end of the line."""
        with self._settled:
            entries = self._entries
            taken: list[Entry] = []
            weight = 0
            while entries and len(taken) < most and (not taken or weight + entries[0][2] <= most_bytes):
                taken.append(entries.popleft())
                weight += taken[-1][2]
            self._weight -= weight
            self._ready = bool(entries)
            if self._ready:
                self.lane.ready.append(self)
            calls, self._room_calls = self._room_calls, []
        for call in calls:
            call()
        return taken

    def settle(self, *, stored: int = 0, refused: int = 0, dropped: int = 0) -> None:
        """Samples that were taken have come to their end."""
        with self._settled:
            self.stored += stored
            self.refused += refused
            self.dropped += dropped
            self._settled.notify_all()

"""What is gathered for one write to the broker, and who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from windsock.shared import codec
from windsock.shared.broker.port import ANY_VERSION, Batch
from windsock.shared.errors import WindsockError

if TYPE_CHECKING:
    from .known import Known

__all__ = ["Flight", "Segment", "Sender", "Unresolved"]


class Sender(Protocol):
    """Whoever a message came from, to be told of a refusal that was found only after `accept` had returned."""

    def refused(self, index: int, error: WindsockError) -> None:
        """The sender's message number `index` was not stored."""
        ...


@dataclass(slots=True)
class Unresolved:
    """A message of a stream that this worker does not know yet."""

    stream: str
    message: dict[str, Any]
    now: int
    sender: Sender
    index: int


class Segment:
    """Consecutive samples of one stream, from one source, under one spec: what becomes one batch."""

    __slots__ = ("_insists", "count", "known", "legend", "number", "payloads", "rows", "seqs", "source", "spec", "wave")

    def __init__(self, known: Known, source: str) -> None:
        self.known = known
        self.source = source
        self.wave = known.wave
        self.number = 0
        """The worker's own number for it, given when it is first published."""
        self.count = 0
        self.rows: list[list[Any]] = []
        """Numeric rows, encoded all at once at the end."""
        self.payloads: list[bytes] = []
        """Rows of other types, encoded one by one."""
        self.seqs: list[int] = []
        """One a row, if there is a source."""
        self.spec: dict[str, Any] = {}
        """Spec fields that changed before the first row."""
        self.legend: list[str] | None = None
        """The legend by which rows were made of `{series: number}`: they are only right under it."""
        self._insists = False

    def insist(self) -> None:
        """Store it whatever the broker's spec is by then, with the legend that its rows need."""
        if self.legend is not None:
            self.spec["legend"] = list(self.known.legend)
        self._insists = True

    def cut(self, seq: int) -> None:
        """Drop the rows that the broker has already: those with a seq up to this one."""
        stay = [place for place, number in enumerate(self.seqs) if number > seq]
        self.rows = [self.rows[place] for place in stay] if self.rows else []
        self.payloads = [self.payloads[place] for place in stay] if self.payloads else []
        self.seqs = [self.seqs[place] for place in stay]
        self.count = len(stay)

    def rearrange(self, legend: list[str]) -> None:
        """Put each value where its series stands in another legend, that has all our series."""
        if self.legend is None or self.legend == legend:
            return
        # Several series may have one name: the second of ours is the second of theirs, if they have as many.
        there = _occurrences(legend)
        moves = [there.get(each) for each in _occurrences(self.legend)]
        for row in self.rows:
            values = row[1:]
            row[1:] = [None] * len(legend)
            for place, value in zip(moves, values, strict=False):
                if place is not None:
                    row[1 + place] = value
        self.legend = legend

    def batch(self, worker: str) -> Batch:
        """The batch to publish.

        Rows without numbers of their own are numbered as this worker's, so that publishing them again stores them once. A spec alone needs no number: stored
        twice it is the same. The publisher's source says nothing there, since it has numbered no row.
        """
        known = self.known
        source = (self.source or worker) if self.count else ""
        if self.legend is not None:
            self.rearrange(list(known.legend))
        payload = codec.encode_rows(self.rows) if self.rows else b",".join(self.payloads)
        return Batch(
            stream=known.id,
            count=self.count,
            payload=payload,
            keep=known.keep,
            spec=[(name, codec.encode(value)) for name, value in self.spec.items()],
            # A change of looks is only part of them: of a stream that was removed meanwhile, all must be sent (the broker says `STALE`).
            version=ANY_VERSION if self._insists or (self.legend is None and not self.spec) else known.version,
            source=source,
            first_seq=self.seqs[0] if self.seqs else self.number,
            last_seq=self.seqs[-1] if self.seqs else self.number,
            epoch=known.epoch,
            offset=known.offset,
        )


def _occurrences(legend: list[str]) -> dict[tuple[str, int], int]:
    """The place of each name's first, second, ... occurrence."""
    found: dict[tuple[str, int], int] = {}
    seen: dict[str, int] = {}
    for place, name in enumerate(legend):
        found[name, seen.get(name, 0)] = place
        seen[name] = seen.get(name, 0) + 1
    return found


class Flight:
    """Messages that are stored together. Done when all of them are in the broker, or failed when it stayed away."""

    __slots__ = (
        "_callbacks",
        "_error",
        "_landed",
        "bytes",
        "feeds",
        "messages",
        "segments",
        "unknown_fields",
        "unresolved",
        "unresolved_ids",
    )

    def __init__(self) -> None:
        self.messages = 0
        self.bytes = 0
        self.segments: list[Segment] = []
        self.unresolved: list[Unresolved] = []
        self.unresolved_ids: set[object] = set()
        self.unknown_fields = 0
        self.feeds: dict[str, bytes] = {}
        """Cameras by stream, as they are kept apart from the rows."""
        self._callbacks: list[Callable[[WindsockError | None], None]] = []
        self._landed = False
        self._error: WindsockError | None = None

    def on_done(self, callback: Callable[[WindsockError | None], None]) -> None:
        """Call back when all is stored, with None, or when it is given up, with the error; at once if that has happened."""
        if self._landed:
            callback(self._error)
        else:
            self._callbacks.append(callback)

    async def done(self) -> None:
        """Wait until all is stored.

        Raises:
            WindsockError: `unavailable`: the broker stayed away.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def landed(error: WindsockError | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        self.on_done(landed)
        await future

    def land(self, error: WindsockError | None) -> None:
        """Tell all who wait."""
        self._landed, self._error = True, error
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(error)

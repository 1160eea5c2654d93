"""The newest samples of one stream, without a hole: consecutive batches, by offset.

A ring never holds what is not contiguous. Where samples are missing for good, it forgets what came before them; whoever asks for what came after an
offset further back is told how many are lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from windsock.shared.broker.port import Entry

__all__ = ["Ring", "Since"]


class Since(NamedTuple):
    """What came after an offset."""

    lost: int
    """Samples after the offset that the ring does not have any more."""
    entries: list[Entry]
    """Oldest first; the first may begin at or before the offset, if that lies within a batch."""


class Ring:
    """Entries of one epoch. `last` is the offset of the newest sample; the entries, if there are any, end there."""

    __slots__ = ("_entries", "epoch", "last", "rows", "size")

    def __init__(self) -> None:
        self.epoch = ""
        self.last = 0
        self.rows = 0
        self.size = 0
        """Bytes of all payloads."""
        self._entries: deque[Entry] = deque()

    @property
    def first(self) -> int:
        """Offset of the oldest sample; `last + 1` if there is none."""
        return self.last - self.rows + 1

    @property
    def newest(self) -> Entry | None:
        """The last batch."""
        return self._entries[-1] if self._entries else None

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self, epoch: str, last: int) -> None:
        """Forget everything; the next sample has offset `last + 1`."""
        self._entries.clear()
        self.epoch = epoch
        self.last = last
        self.rows = 0
        self.size = 0

    def append(self, entry: Entry) -> None:
        """Add the next batch.

        Raises:
            ValueError: it does not begin where the ring ends.
        """
        if entry.offset - entry.count != self.last or entry.count < 1:
            raise ValueError(
                f"a batch that ends at {entry.offset} with {entry.count} samples does not follow {self.last}"
            )
        self._entries.append(entry)
        self.last = entry.offset
        self.rows += entry.count
        self.size += len(entry.payload)

    def prepend(self, older: Iterable[Entry], size: int) -> None:
        """Add batches that come before the ring's first, as many of the newest of them as fit into `size` bytes altogether."""
        for entry in reversed(list(older)):
            if entry.offset >= self.first:
                continue
            if entry.offset != self.first - 1 or self.size + len(entry.payload) > size:
                return
            self._entries.appendleft(entry)
            self.rows += entry.count
            self.size += len(entry.payload)

    def trim(self, samples: int, size: int) -> None:
        """Drop the oldest batches that neither bound needs. The newest batch stays, however large it is."""
        entries = self._entries
        while len(entries) > 1 and (self.rows - entries[0].count >= samples or self.size > size):
            gone = entries.popleft()
            self.rows -= gone.count
            self.size -= len(gone.payload)

    def since(self, offset: int) -> Since:
        """What came after `offset`."""
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if entry.offset <= offset:
                break
            found.append(entry)
        found.reverse()
        return Since(max(0, self.first - 1 - offset), found)

    def all(self) -> list[Entry]:
        """Every batch, oldest first."""
        return list(self._entries)

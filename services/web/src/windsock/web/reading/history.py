"""A stretch of one stream's history, read from the broker a page at a time: however long it is, a page is all that is held.

The end is fixed when the reading begins, so that a stream that grows meanwhile does not make it endless. What history drops while it is read is counted.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from windsock.shared import codec
from windsock.shared.broker.port import Broker, Entry, StoredSpec
from windsock.shared.errors import Code, WindsockError

__all__ = ["PAGE_BYTES", "Chunk", "Shelf", "Stretch", "open_shelf"]

PAGE_BYTES: Final = 64 * 1024
"""About 3,000 rows: taking them apart holds up the viewers of this process for a few milliseconds, not more."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A stream as it stands when it begins to be read."""

    stream: str
    spec: StoredSpec

    @property
    def type(self) -> str:
        """Its type."""
        return str(self.spec.fields.get("type", "line"))

    @property
    def legend(self) -> list[str]:
        """The names of its series, as far as it has any."""
        legend: list[str] = self.spec.fields.get("legend") or []
        return legend


async def open_shelf(broker: Broker, stream: str) -> Shelf:
    """Look at a stream.

    Raises:
        WindsockError: `not_found`.
    """
    (spec,) = await broker.specs([stream])
    if spec is None:
        raise WindsockError(Code.NOT_FOUND, f"there is no stream {stream!r}")
    return Shelf(stream, spec)


class Chunk(NamedTuple):
    """Consecutive rows: the payload of some of them, and their offsets."""

    first: int
    last: int
    payload: bytes

    def rows(self) -> list[list[Any]]:
        """Taken apart."""
        rows: list[list[Any]] = codec.decode(b"[%b]" % self.payload)
        return rows


class Stretch:
    """The rows after an offset, up to the newest at the beginning, or the first `most` of them."""

    def __init__(self, broker: Broker, shelf: Shelf, after: int, upto: int) -> None:
        self._broker = broker
        self._shelf = shelf
        self._after = after
        self._upto = min(upto, shelf.spec.offset)
        self.lost = 0
        """Rows that history had no more when their turn came."""

    async def chunks(self) -> AsyncGenerator[Chunk]:
        """Its rows, a page at a time.

        Raises:
            WindsockError: `unavailable`; also if the stream was removed or began anew meanwhile.
        """
        after = self._after
        while after < self._upto:
            page = await self._broker.read(self._shelf.stream, after, most_bytes=PAGE_BYTES)
            if page.epoch != self._shelf.spec.epoch or not page.entries:
                raise WindsockError(Code.UNAVAILABLE, "the stream began anew while it was read; read it again")
            chunk = cut(page.entries, after + 1, self._upto)
            self.lost += min(chunk.first, self._upto + 1) - after - 1
            if not chunk.payload:
                return  # history begins behind the end
            yield chunk
            after = chunk.last


def cut(entries: list[Entry], first: int, last: int) -> Chunk:
    """The rows from `first` to `last` of some consecutive batches. Only a batch that is cut through is taken apart."""
    first = max(first, entries[0].offset - entries[0].count + 1)
    last = min(last, entries[-1].offset)
    parts: list[bytes] = []
    for entry in entries:
        begin = entry.offset - entry.count + 1
        if entry.offset < first or begin > last:
            continue
        if begin >= first and entry.offset <= last:
            parts.append(entry.payload)
            continue
        rows = codec.decode(b"[%b]" % entry.payload)[max(0, first - begin) : last - begin + 1]
        parts.append(codec.encode(rows)[1:-1])
    return Chunk(first, last, b",".join(parts))

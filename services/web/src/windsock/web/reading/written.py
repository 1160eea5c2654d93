"""What a question is answered with: a stretch of history in one of the forms, piece by piece, or thinned out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

from windsock.shared import codec
from windsock.shared.broker.port import Broker
from windsock.shared.errors import Code, WindsockError
from windsock.shared.messages import SERIES_TYPES

from .forms import CsvWriter, NdjsonWriter, json_head, json_tail
from .history import Shelf, Stretch
from .query import Form, Question
from .thinning import Columns

__all__ = ["Desk", "written"]

READS_AT_ONCE: Final = 32
"""Each holds a page of history and asks the broker for the next; what is read by more programs at a time is better read live."""
THINNED_AT_ONCE: Final = 2
"""Each holds all numbers of a stream's history: as many bytes as `history_bytes`, or less."""


class Desk:
    """What all reads of one process share."""

    def __init__(self, broker: Broker, stall: float) -> None:
        self.broker: Final = broker
        self.stall: Final = stall
        self.under_way = 0
        self.thinning: Final = asyncio.Semaphore(THINNED_AT_ONCE)

    def enter(self) -> None:
        """Begin a read.

        Raises:
            WindsockError: `too_many_requests`.
        """
        if self.under_way >= READS_AT_ONCE:
            raise WindsockError(Code.TOO_MANY_REQUESTS, f"{READS_AT_ONCE} reads of history are under way already")
        self.under_way += 1

    def leave(self) -> None:
        """End a read."""
        self.under_way -= 1


def written(desk: Desk, shelf: Shelf, question: Question, form: Form) -> AsyncGenerator[bytes]:
    """The answer to a question, piece by piece."""
    if question.max_points is not None:
        return _thinned(desk, shelf, question, question.max_points, form)
    if form is Form.JSON:
        return _as_json(desk.broker, shelf, question)
    return _as_lines(desk.broker, shelf, question, form)


async def _as_json(broker: Broker, shelf: Shelf, question: Question) -> AsyncGenerator[bytes]:
    """Rows go from the broker to the reader as they are, unless some are left out by their times."""
    after, upto = question.begin(shelf.spec.offset), shelf.spec.offset
    if not question.timed:
        upto = min(upto, after + question.rows)
    stretch = Stretch(broker, shelf, after, upto)
    yield json_head(shelf)
    first, last, count = 0, upto, 0
    full = False
    async for chunk in stretch.chunks():
        if not question.timed:
            number, payload, begin, last = chunk.last - chunk.first + 1, chunk.payload, chunk.first, chunk.last
        else:
            rows = [(at, row) for at, row in enumerate(chunk.rows(), chunk.first) if question.holds(row[0])]
            full = count + len(rows) >= question.rows
            rows = rows[: question.rows - count]
            if not rows:
                continue
            number, payload = len(rows), codec.encode([row for _, row in rows])[1:-1]
            begin, last = rows[0][0], rows[-1][0]
        yield b"," + payload if count else payload
        first = first or begin
        count += number
        if full:
            break
    more = last < shelf.spec.offset if full or not question.timed else False
    yield json_tail(
        first=first or upto + 1,
        offset=last if count else upto,
        count=count,
        lost=stretch.lost if question.after is not None else 0,
        decimated=False,
        next=last if more else None,
    )


async def _as_lines(broker: Broker, shelf: Shelf, question: Question, form: Form) -> AsyncGenerator[bytes]:
    """CSV and NDJSON: rows are taken apart, a page at a time."""
    after, upto = question.begin(shelf.spec.offset), shelf.spec.offset
    writer = CsvWriter(shelf) if form is Form.CSV else NdjsonWriter(shelf)
    left = question.rows
    begun = False
    async for chunk in Stretch(broker, shelf, after, upto).chunks():
        rows = [row for row in chunk.rows() if question.holds(row[0])][:left]
        left -= len(rows)
        if isinstance(writer, CsvWriter) and rows and not begun:
            yield writer.head(rows)
            begun = True
        yield writer.lines(rows)
        if not left:
            break
    if isinstance(writer, CsvWriter) and not begun:
        yield writer.head([])


async def _thinned(desk: Desk, shelf: Shelf, question: Question, most: int, form: Form) -> AsyncGenerator[bytes]:
    """At most so many rows of the whole range. Of types that are not numeric: the newest, for there is no leaving out of every second line of a log."""
    async with desk.thinning:
        stretch = Stretch(desk.broker, shelf, question.begin(shelf.spec.offset), shelf.spec.offset)
        keep = _numbers if shelf.type in SERIES_TYPES else _newest
        first, last, total, rows = await keep(stretch, question, most)
    if form is Form.JSON:
        yield json_head(shelf)
        yield codec.encode(rows)[1:-1]
        yield json_tail(
            first=first or shelf.spec.offset + 1,
            offset=last or shelf.spec.offset,
            count=len(rows),
            total=total,
            lost=stretch.lost if question.after is not None else 0,
            decimated=total > len(rows),
        )
    elif form is Form.CSV:
        writer = CsvWriter(shelf)
        yield writer.head(rows)
        yield writer.lines(rows)
    else:
        yield NdjsonWriter(shelf).lines(rows)


Kept = tuple[int, int, int, list[list[Any]]]
"""Offset of the first and the last row, how many rows the range has, and those that are kept."""


async def _numbers(stretch: Stretch, question: Question, most: int) -> Kept:
    columns = await asyncio.to_thread(Columns)
    first = last = total = 0
    async for chunk in stretch.chunks():
        held = [(at, row) for at, row in enumerate(chunk.rows(), chunk.first) if question.holds(row[0])]
        if held:
            first, last = first or held[0][0], held[-1][0]
            total += len(held)
            columns.add([row for _, row in held])
    return first, last, total, await asyncio.to_thread(columns.thinned, most, question.method)


async def _newest(stretch: Stretch, question: Question, most: int) -> Kept:
    kept: list[tuple[int, list[Any]]] = []
    total = 0
    async for chunk in stretch.chunks():
        held = [(at, row) for at, row in enumerate(chunk.rows(), chunk.first) if question.holds(row[0])]
        total += len(held)
        kept = [*kept, *held][-most:]
    return (kept[0][0], kept[-1][0], total, [row for _, row in kept]) if kept else (0, 0, 0, [])

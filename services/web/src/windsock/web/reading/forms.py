"""Rows as JSON, NDJSON or CSV, piece by piece. Pure."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any, Final

from windsock.shared import codec
from windsock.shared.messages import SERIES_TYPES, SPEC_FIELDS

from .history import Shelf
from .thinning import numbers

__all__ = ["CsvWriter", "NdjsonWriter", "json_head", "json_tail", "written_time"]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by a spreadsheet as a formula."""
_NO_NUMBERS: Final = (b'"', b"[", b"{")
"""What shows that a row has values that are none."""
_LAST_SECOND: Final = 253_402_300_799
_FIRST_SECOND: Final = -62_135_596_800


def json_head(shelf: Shelf) -> bytes:
    """What comes before the rows."""
    spec = shelf.spec
    head = {"id": shelf.stream, "epoch": spec.epoch, "type": shelf.type}
    return codec.encode(head)[:-1] + b',"rows":['


def json_tail(**told: object) -> bytes:
    """What comes after them; None is left out."""
    return b"]," + codec.encode({name: value for name, value in told.items() if value is not None})[1:]


def written_time(time: int) -> str:
    """Milliseconds as ISO 8601, UTC."""
    second, rest = divmod(time, 1000)
    if not _FIRST_SECOND <= second <= _LAST_SECOND:
        return str(time)  # before the year 1, which ISO 8601 has no agreed form for
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"


class CsvWriter:
    """A line a row: the time, then a column a series; of the types that are not numeric, the value as JSON."""

    def __init__(self, shelf: Shelf) -> None:
        self._numeric = shelf.type in SERIES_TYPES
        self._legend = shelf.legend
        self._width = 0

    def head(self, rows: list[list[Any]]) -> bytes:
        """The first line; as wide as the first rows are."""
        names = ["value"]
        if self._numeric:
            count = max(len(self._legend), *(len(row) - 1 for row in rows), 1) if rows else max(len(self._legend), 1)
            spare = ["value"] if count == 1 else [f"value {number}" for number in range(1, count + 1)]
            names = [*self._legend, *spare[len(self._legend) :]]
        self._width = len(names)
        line = io.StringIO()
        # The names are a publisher's. A spreadsheet must not run them.
        csv.writer(line).writerow(["time", *(f"'{name}" if name.startswith(_FORMULA) else name for name in names)])
        return line.getvalue().encode()

    def lines(self, rows: list[list[Any]]) -> bytes:
        """The lines of some rows."""
        parts: list[bytes] = []
        for row in rows:
            time = written_time(row[0]).encode()
            cells = self._cells(row) if self._numeric else b'"%b"' % codec.encode(_value(row)).replace(b'"', b'""')
            parts.append(b"%b,%b\r\n" % (time, cells))
        return b"".join(parts)

    def _cells(self, row: list[Any]) -> bytes:
        """Numbers and gaps only: nothing to quote, and `null` is an empty cell."""
        spare = [None] * (self._width + 1 - len(row))
        cells = codec.encode(row[1:] + spare)[1:-1]
        if any(mark in cells for mark in _NO_NUMBERS):
            cells = codec.encode(numbers(row[1:]) + spare)[1:-1]
        return cells.replace(b"null", b"")


def _value(row: list[Any]) -> Any:
    """Of a type that is not numeric. A row of an earlier, numeric one may have none."""
    return row[1] if len(row) > 1 else None


class NdjsonWriter:
    """A message a row, as it may be published again; the first one says what the stream looks like."""

    def __init__(self, shelf: Shelf) -> None:
        self._numeric = shelf.type in SERIES_TYPES
        self._id = codec.encode(shelf.stream)
        fields = shelf.spec.fields
        look = {"id": shelf.stream, **{name: fields[name] for name in SPEC_FIELDS if name in fields}}
        self._first: bytes | None = codec.encode(look)[:-1]

    def lines(self, rows: list[list[Any]]) -> bytes:
        """The lines of some rows."""
        parts: list[bytes] = []
        for row in rows:
            head, self._first = self._first or b'{"id":%b' % self._id, None
            # A gap alone is a list, too: a value that is null would be no value.
            listed = self._numeric and (len(row) != 2 or row[1] is None)
            value = row[1:] if listed else _value(row)
            parts.append(b'%b,"time":%d,"value":%b}\n' % (head, row[0], codec.encode(value)))
        return b"".join(parts)

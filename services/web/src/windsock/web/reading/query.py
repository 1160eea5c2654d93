"""What a reader may ask for, checked: a question that makes no sense is refused, and never half answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError

__all__ = ["MOST_POINTS", "MOST_ROWS", "Form", "Method", "Question", "read_when", "wanted_form"]

MOST_ROWS: Final = 1_000_000
MOST_POINTS: Final = 100_000
DEFAULT_ROWS: Final = 1000
Method = Literal["minmax", "lttb"]


class Form(StrEnum):
    """How rows are written."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


MEDIA: Final = {
    Form.JSON: "application/json",
    Form.NDJSON: "application/x-ndjson",
    Form.CSV: "text/csv; charset=utf-8",
}
_ACCEPTED: Final = {
    "application/json": Form.JSON,
    "application/x-ndjson": Form.NDJSON,
    "application/ndjson": Form.NDJSON,
    "application/jsonl": Form.NDJSON,
    "text/csv": Form.CSV,
}
_LOST_PLUS: Final = re.compile(r"(T\S*) (\d\d:?\d\d)$")
"""`+01:00` in a URL whose plus was not escaped arrives as ` 01:00`."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows, and how many of them."""

    after: int | None = None
    limit: int | None = None
    start: int | None = None
    """Time of the first rows, in ms."""
    end: int | None = None
    """Rows of this time and later are left out."""
    max_points: int | None = None
    method: Method = "minmax"

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start > self.end:
            raise WindsockError(Code.INVALID, "from: should not be later than to")
        if self.max_points is not None and self.limit is not None:
            raise WindsockError(Code.INVALID, "max_points: thins out the whole range, so it does not go with limit")

    @property
    def timed(self) -> bool:
        """Whether rows are chosen by their times."""
        return self.start is not None or self.end is not None

    def holds(self, time: int) -> bool:
        """Whether a row of that time is asked for."""
        return (self.start is None or time >= self.start) and (self.end is None or time < self.end)

    def begin(self, newest: int) -> int:
        """The offset after which reading begins, in a stream whose last offset is `newest`."""
        if self.after is not None:
            return self.after
        if self.timed or self.max_points is not None:
            return 0
        return max(0, newest - self.rows)

    @property
    def rows(self) -> int:
        """Most rows that are answered."""
        if self.limit is not None:
            return self.limit
        return MOST_ROWS if self.timed or self.max_points is not None else DEFAULT_ROWS


def read_when(name: str, text: str | None) -> int | None:
    """A time as the contract reads a publisher's.

    Raises:
        WindsockError: `invalid`, with the parameter's name.
    """
    if text is None:
        return None
    try:
        return codec.read_time(_LOST_PLUS.sub(r"\1+\2", text))
    except WindsockError as error:
        raise WindsockError(error.code, f"{name}: {error.message.removeprefix('time: ')}") from None


def wanted_form(named: Form | None, accept: str | None) -> Form:
    """The form that a request names, or the first of those that it accepts; JSON if it does not care."""
    if named is not None:
        return named
    for part in (accept or "").split(","):
        form = _ACCEPTED.get(part.partition(";")[0].strip().lower())
        if form is not None:
            return form
    return Form.JSON

"""A publisher's messages mostly differ in the digits of their value, or of value and time, and in nothing else. Such a message is recognised by its bytes.

A template is a good message cut open around those. Another message with the same bytes before, between and behind them, and with a number or a list of numbers
in the place of the value, is good too, and says the same of its stream: to put one JSON value in the place of another changes nothing else. That the places
are really the message's own `value` and `time`, and not a text that looks like them, is found out once, when the template is made. Measured, 223 B: 1 µs, with
a time 1.6 µs, parsed 3.3 µs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from windsock.shared import codec
from windsock.shared.errors import WindsockError

if TYPE_CHECKING:
    from .known import Known

__all__ = ["LONGEST_NUMBERS", "NUMBERS", "TIME", "VALUE", "Template", "make_template"]

VALUE: Final = b'"value":'
TIME: Final = b'"time":'
NUMBERS: Final = frozenset({int, float, type(None)})
"""What a list of numbers consists of. Without booleans: they are numbers only the long way."""
LONGEST_NUMBERS: Final = 1024
"""Bytes: fewer than the thousand series that a row may have."""
LONGEST_MESSAGE: Final = 1024
_VALUE: Final = re.compile(rb" *(?:[-0-9.]+|\[[-0-9., ]*\])")
_TIME: Final = re.compile(rb" *[-0-9.]+")
_PROBES: Final = ("\x00value", "\x00time")


class Template:
    """The bytes of a message around its value and time; those before the first of them are the key under which it is kept.

    Templates in which the time comes first are kept apart from the others: the key ends before a mark, and must be looked up for that mark.
    """

    __slots__ = ("behind", "between", "cut", "known", "rest", "shows_key", "time_first")

    def __init__(
        self, known: Known, between: bytes | None, behind: bytes, *, time_first: bool, shows_key: bool
    ) -> None:
        self.between: Final = between
        """From the first to the second of value and time; None: there is no time."""
        self.behind: Final = behind
        self.cut: Final = -len(behind)
        self.time_first: Final = time_first
        self.known: Final = known
        self.rest: Final = known.rest
        """Good as long as this is what the stream's messages say."""
        self.shows_key: Final = shows_key

    def value_and_time(self, text: bytes) -> tuple[bytes, int] | None:
        """The value's text, and the time in ms, of what stands behind the first mark; None if it does not fit."""
        if self.between is None:
            return None
        first, found, rest = text.partition(self.between)
        if not found or not rest.endswith(self.behind):
            return None
        second = rest[: self.cut]
        value, time = (second, first) if self.time_first else (first, second)
        try:
            return value, codec.read_time(orjson.loads(time))
        except (orjson.JSONDecodeError, WindsockError):
            return None  # the long way says what is wrong


def make_template(raw: bytes, known: Known, *, timed: bool, shows_key: bool) -> tuple[bytes, Template] | None:
    """The bytes before the first of value and time, and the template; None if this message can't be one.

    Args:
        raw: a message that was accepted, without seq and source.
        known: its stream.
        timed: whether it has a time.
        shows_key: whether it carries the key, or there is none.
    """
    if len(raw) > LONGEST_MESSAGE:
        return None
    marks = [(VALUE, _VALUE, _PROBES[0])]
    if timed:
        marks.append((TIME, _TIME, _PROBES[1]))
        marks.sort(key=lambda mark: raw.find(mark[0]))
    pieces: list[bytes] = []
    probe, rest = b"", raw
    for mark, pattern, text in marks:
        piece, found, rest = rest.partition(mark)
        place = pattern.match(rest)
        if not found or place is None:
            return None
        pieces.append(piece if not pieces else piece + mark)
        probe += piece + mark + orjson.dumps(text)
        rest = rest[place.end() :]
    try:
        message: Any = orjson.loads(probe + rest)
    except orjson.JSONDecodeError:
        return None
    if message.get("value") != _PROBES[0] or (timed and message.get("time") != _PROBES[1]):
        return None
    between = pieces[1] if timed else None
    return pieces[0], Template(known, between, rest, time_first=marks[0][0] is TIME, shows_key=shows_key)

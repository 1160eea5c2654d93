"""A publisher's messages mostly differ in the digits of their value and in nothing else. Such a message is recognised by its bytes and not parsed at all.

A template is a good message cut open around its value. Another message with the same bytes before and behind the value, and with a number or a list of numbers
between them, is good too, and says the same of its stream: to put one JSON value in the place of another changes nothing else. That the place is really the
message's own `value`, and not a text that looks like it, is found out once, when the template is made. Measured, a message of 223 B: 1.2 µs, parsed 3.3 µs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from .known import Known

__all__ = ["LONGEST_NUMBERS", "MARK", "NUMBERS", "Template", "make_template"]

MARK: Final = b'"value":'
NUMBERS: Final = frozenset({int, float, type(None)})
"""What a list of numbers consists of. Without booleans: they are numbers only the long way."""
LONGEST_NUMBERS: Final = 1024
"""Bytes: fewer than the thousand series that a row may have."""
LONGEST_MESSAGE: Final = 1024
_VALUE: Final = re.compile(rb" *(?:[-0-9.]+|\[[-0-9., ]*\])")
_PROBE: Final = "\x00"


class Template:
    """A message's bytes behind its value; those before it are the key under which it is kept."""

    __slots__ = ("behind", "cut", "known", "rest", "shows_key")

    def __init__(self, behind: bytes, known: Known, *, shows_key: bool) -> None:
        self.behind: Final = behind
        self.cut: Final = -len(behind)
        self.known: Final = known
        self.rest: Final = known.rest
        """Good as long as this is what the stream's messages say."""
        self.shows_key: Final = shows_key


def make_template(raw: bytes, known: Known, *, shows_key: bool) -> tuple[bytes, Template] | None:
    """The bytes before the value, and the template; None if this message can't be one.

    Args:
        raw: a message that was accepted, without time, seq and source.
        known: its stream.
        shows_key: whether it carries the key, or there is none.
    """
    before, mark, rest = raw.partition(MARK)
    value = _VALUE.match(rest)
    if not mark or value is None or len(raw) > LONGEST_MESSAGE:
        return None
    behind = rest[value.end() :]
    try:
        probe: Any = orjson.loads(before + mark + orjson.dumps(_PROBE) + behind)
    except orjson.JSONDecodeError:
        return None
    if probe.get("value") != _PROBE:
        return None
    return before, Template(behind, known, shows_key=shows_key)

"""Words and lines to values: what people type or pipe, as samples. Pure."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NamedTuple, cast

__all__ = ["Sample", "level_of", "read_line", "read_number", "read_word"]

_COLUMNS: Final = re.compile(r"[,;\s]+")
_LEVEL: Final = re.compile(r"\b(CRITICAL|FATAL|ERROR|WARN(?:ING)?|INFO|DEBUG|TRACE)\b", re.IGNORECASE)
_LEVELS: Final = {"fatal": "critical", "warn": "warning", "trace": "debug"}
LEVEL_WITHIN: Final = 80
"""Where in a line its level stands, if it has one: after a time and a name, before the text."""


class Sample(NamedTuple):
    """What a line says."""

    value: Any
    time: Any = None


def read_number(word: str) -> float | int | None:
    """The number that a word is; None if it is none. Underscores, which Python allows, are none: `1_000` is a name."""
    if "_" in word:
        return None
    try:
        return int(word)
    except ValueError:
        try:
            return float(word)
        except ValueError:
            return None


def read_word(word: str) -> Any:
    """A value from the command line: a number, JSON, or a text."""
    number = read_number(word)
    if number is not None:
        return number
    if word[:1] in {"{", "[", '"'} or word in {"null", "true", "false"}:
        try:
            return json.loads(word)
        except (ValueError, RecursionError):
            return word
    return word


def read_line(line: str) -> Sample | None:
    """A line of numbers, of JSON (a number, a list, `{series: number}`, or `{"value": ..., "time": ...}`); None for any other."""
    line = line.strip()
    if not line:
        return None
    if line[0] in "{[":
        return _read_json(line)
    numbers = [read_number(word) for word in _COLUMNS.split(line) if word]
    if not numbers or None in numbers:
        return None
    gaps = [number if _fits(cast("float", number)) else None for number in numbers]
    return Sample(gaps[0] if len(gaps) == 1 else gaps)


def _fits(number: float) -> bool:
    """Whether it is a number for the server, which keeps all as floats."""
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def _read_json(line: str) -> Sample | None:
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and "value" in value:
        fields = cast("dict[str, Any]", value)
        return Sample(fields["value"], fields.get("time"))
    return Sample(value) if value else None


def level_of(line: str) -> str | None:
    """The level that a log line names near its beginning."""
    found = _LEVEL.search(line[:LEVEL_WITHIN])
    if found is None:
        return None
    level = found[1].lower()
    return _LEVELS.get(level, level)

"""Values to the contract's JSON: what Python programs have at hand, in as few messages as possible.

A stream's waiting samples become one message with `samples` where the type allows it. Everything here is pure: text in, text out.
"""

from __future__ import annotations

import json
import math
import reprlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple, cast

from windsock.client.frames import Rows, is_timed, numbers_of, records_of, rows_of
from windsock.client.images import data_url
from windsock.client.look import SERIES_TYPES

__all__ = ["Body", "Entry", "bodies", "head", "read_time", "to_json"]

PLAIN: Final = frozenset({int, float, bool, str, list, dict, type(None)})
"""What is no frame, at a glance."""

Entry = tuple[int | float | str, Any, int]
"""Time, value, weight."""

MS_FROM: Final = 1e11
"""The contract's border: numbers from here on are milliseconds, below it seconds."""


class Body(NamedTuple):
    """The part of a message that carries samples."""

    text: str
    samples: int


Fault = Callable[[str, int], None]
"""Told a sentence and a number of samples that can't be sent."""


def head(stream: str, source: str) -> str:
    """How every message with samples begins; the number follows."""
    return f'{{"id":{to_json(stream)},"source":{to_json(source)},"seq":'


def bodies(kind: str | None, entries: Iterable[Entry], fault: Fault) -> Iterator[Body]:
    """Messages for samples of one stream, in order.

    Args:
        kind: the stream's type; None: whatever the server knows it as.
        entries: the samples.
        fault: told of each sample that has no JSON form; the others go on.
    """
    rows: list[list[Any]] = []
    for time, value, _ in entries:
        try:
            framed = rows_of(value, time) if type(value) not in PLAIN and _of_series(kind, value) else None
            row = None if framed is not None else _row(kind, time, value)
        except Exception as error:  # noqa: BLE001  # the program's own objects may raise anything
            fault(f"value: {_show(value)} can't be sent: {error}", 1)
            continue
        if framed is not None:
            yield from _packed(kind, rows, fault)
            rows = []
            yield from _framed(framed)
            continue
        if row is not None:
            rows.append(row)
            continue
        yield from _packed(kind, rows, fault)
        rows = []
        yield from _single(kind, time, value, fault)
    yield from _packed(kind, rows, fault)


def halves(data: bytes) -> list[Body]:
    """A message's samples as two messages; none if it does not carry several."""
    message: dict[str, Any] = json.loads(data)
    rows: list[Any] = message.get("samples", [])
    middle = len(rows) // 2
    return [Body(f'"samples":{to_json(part)}', len(part)) for part in (rows[:middle], rows[middle:])] if middle else []


def _of_series(kind: str | None, value: Any) -> bool:
    """Whether a frame is rows of numbers: where the type says so, or none is known and it has times."""
    return kind in SERIES_TYPES or (kind is None and is_timed(value))


def _framed(frame: Rows) -> Iterator[Body]:
    """A frame is one message, since it is one `send`; its columns name the series."""
    legend = "" if frame.legend is None else f'"legend":{to_json(frame.legend)},'
    yield Body(f'{legend}"samples":{to_json(frame.samples)}', 1)


def _row(kind: str | None, time: float | str, value: Any) -> list[Any] | None:
    """The sample as one row of `samples`; None if it needs a message of its own."""
    if type(value) in {float, int}:
        if type(value) is int and abs(value) > sys.float_info.max:
            # The server would refuse it, and with it all that share its message.
            raise TypeError("a whole number of more than 308 digits fits into no float")
        return [time, value]
    if kind in SERIES_TYPES:
        if hasattr(value, "tolist"):
            value = numbers_of(value)
        if type(value) is list:
            return [time, *cast("list[Any]", value)]
        # A name for each value needs the legend, which only the server knows whole.
        return None if isinstance(value, dict) else [time, value]
    # Without a type it can't be known whether a list is a row of series or one value.
    return None if kind is None or kind in {"image", "custom", "video_stream"} else [time, value]


def _packed(kind: str | None, rows: list[list[Any]], fault: Fault) -> Iterator[Body]:
    if len(rows) > 1:
        try:
            yield Body(f'"samples":{to_json(rows)}', len(rows))
        except (TypeError, ValueError, RecursionError):
            pass  # one of them; the loop below finds out which
        else:
            return
    for time, *values in rows:
        yield from _single(kind, time, values[0] if len(values) == 1 else values, fault)


def _single(kind: str | None, time: float | str, value: Any, fault: Fault) -> Iterator[Body]:
    try:
        text = to_json(data_url(value) if kind == "image" else value)
        if text == "null":
            text = _lone_gap(kind)
    except Exception as error:  # noqa: BLE001  # the program's own objects may raise anything
        fault(f"value: {'the picture' if kind == 'image' else _show(value)} can't be sent: {error}", 1)
    else:
        yield Body(f'"time":{to_json(time)},"value":{text}', 1)


def _lone_gap(kind: str | None) -> str:
    """A gap that is a whole sample: the contract takes a bare `null` for a field that is not there, and would store nothing."""
    if kind is None or kind in SERIES_TYPES:
        return "[null]"
    raise TypeError(f"only streams of numbers have gaps, and this one is of type {kind}")


def _show(value: object) -> str:
    kind = type(value).__name__
    return reprlib.repr(value) if kind in {"str", "int", "float", "list", "dict", "tuple", "NoneType"} else f"a {kind}"


# --- JSON


def to_json(value: Any) -> str:
    """JSON of a value; NaN and infinities become null, arrays lists, times ISO 8601.

    Raises:
        TypeError: something in it has no JSON form.
        RecursionError: it contains itself.
    """
    try:
        return _encode(value)
    except ValueError as error:
        if "ircular" in str(error):
            raise RecursionError("it contains itself") from None
        return _encode(_without_gaps(value))


def _plain(value: Any) -> Any:
    """What json can't write, as something that it can."""
    for method in ("tolist", "isoformat", "__fspath__"):
        if hasattr(value, method) and type(plain := getattr(value, method)()) is not type(value):
            return plain  # numpy's longest float has no shorter form, and goes on to the end
    if hasattr(value, "to_dict") and hasattr(value, "columns"):  # a pandas frame: its rows
        return records_of(value)
    if isinstance(value, (set, frozenset)):
        return sorted(cast("set[Any]", value))
    if hasattr(value, "__float__"):  # Decimal, Fraction
        return float(value)
    raise TypeError(f"a {type(value).__name__} has no JSON form")


# check_circular stays on: a value that contains itself must be an error, not a crash of the interpreter.
_encode: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode


def _without_gaps(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _without_gaps(item) for name, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_without_gaps(item) for item in cast("list[Any]", value)]
    if isinstance(value, (str, int, type(None))):
        return value
    return _without_gaps(_plain(value))


# --- time


def read_time(time: Any) -> int | float | str:
    """A sample's time as the contract takes it: milliseconds, or an ISO 8601 text as it is.

    Raises:
        TypeError: it is no time.
    """
    if isinstance(time, str):
        return time
    if hasattr(
        time, "timestamp"
    ):  # datetime, pandas.Timestamp; one without a zone is local time, as everywhere in Python
        return round(time.timestamp() * 1000)
    if str(getattr(time, "dtype", "")).startswith("datetime64"):  # numpy; in nanoseconds, usually
        return int(time.astype("datetime64[ms]").astype("int64"))
    if hasattr(time, "tolist"):
        return read_time(time.tolist())
    if isinstance(time, (int, float)) and not isinstance(time, bool) and math.isfinite(time):
        return round(time) if abs(time) >= MS_FROM else round(time * 1000)
    raise TypeError(f"time: {_show(time)} is no time; send seconds or milliseconds since 1970, a datetime, or ISO 8601")

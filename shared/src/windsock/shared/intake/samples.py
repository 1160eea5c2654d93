"""From a message's `value` or `samples` to rows."""

from __future__ import annotations

from typing import Annotated, Any, Final, cast

from pydantic import Field, TypeAdapter, ValidationError

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.masking import redact_url
from windsock.shared.messages import SERIES_TYPES, VALUES
from windsock.shared.values import MOST_SERIES, Number

from .known import Known

__all__ = ["Sample", "samples_of", "series_names", "series_row"]

Sample = tuple[int, Any]
"""Time in ms, and the canonical value; of a numeric stream a list of numbers or an object `{series: number}`."""

_NUMBER_ROWS: Final = TypeAdapter(list[Annotated[list[Number], Field(max_length=1 + MOST_SERIES)]]).validator
_NUMBERS: Final = TypeAdapter(Annotated[list[Number], Field(max_length=MOST_SERIES)]).validator


def series_row(known: Known, at: int, value: object) -> list[Any] | None:
    """The row of a numeric stream, for a value straight from JSON; None if the value names a series that the legend lacks.

    Raises:
        ValidationError: not a value of a numeric stream.
    """
    checked = known.validate(value)
    if type(checked) is list:
        return [at, *cast("list[Any]", checked)]
    if type(checked) is float:
        return [at, checked]
    named = cast("dict[str, float | None]", checked)
    places = known.places
    row: list[Any] = [at] + [None] * len(known.legend)
    for name, number in named.items():
        place = places.get(name)
        if place is None:
            return None
        row[place + 1] = number
    return row


def samples_of(checked: codec.JsonObject, now: int, most: int) -> list[Sample]:
    """All samples of a validated message, in its order.

    Raises:
        WindsockError: `invalid` or `too_large`.
    """
    at = codec.read_time(checked["time"]) if "time" in checked else now
    samples: list[Sample] = []
    if "samples" in checked:
        rows = cast("list[list[Any]]", checked["samples"])
        if len(rows) > most:
            raise WindsockError(Code.TOO_LARGE, f"samples: {len(rows)} in one message, the limit is {most}")
        kind = checked["type"]
        samples = _series_samples(rows) if kind in SERIES_TYPES else _other_samples(rows, kind)
    if "value" in checked:
        samples.append((at, checked["value"]))
    if checked["type"] == "video_stream":
        samples = [(time, redact_url(url)) for time, url in samples]
    return samples


def _series_samples(rows: list[list[Any]]) -> list[Sample]:
    try:
        numbers = cast("list[list[float | None]]", _NUMBER_ROWS.validate_python(rows))
        if all(row and (row[0] or 0) >= codec.MS_FROM and (row[0] or 0) < 1e13 for row in numbers):
            return [(int(cast("float", row[0])), row[1:]) for row in numbers]
    except ValidationError:
        pass  # times as text, or something wrong: row by row
    samples: list[Sample] = []
    for place, row in enumerate(rows):
        if not row:
            raise WindsockError(Code.INVALID, f"samples.{place}: should be [time, value, ...]")
        at = _time_of(row, place)
        try:
            samples.append((at, _NUMBERS.validate_python(row[1:])))
        except ValidationError as error:
            raise WindsockError(Code.INVALID, f"samples.{place}: {codec.explain(error)}") from None
    return samples


def _time_of(row: list[Any], place: int) -> int:
    try:
        return codec.read_time(row[0])
    except WindsockError as error:
        raise WindsockError(error.code, f"samples.{place}: {error.message}") from None


def _other_samples(rows: list[list[Any]], kind: str) -> list[Sample]:
    validate = VALUES[kind].validate_python
    samples: list[Sample] = []
    for place, row in enumerate(rows):
        if len(row) != 2:
            raise WindsockError(Code.INVALID, f"samples.{place}: should be [time, value]")
        at = _time_of(row, place)
        try:
            samples.append((at, validate(row[1])))
        except ValidationError as error:
            raise WindsockError(Code.INVALID, f"samples.{place}: {codec.explain(error)}") from None
    return samples


def series_names(kind: str, samples: list[Sample]) -> list[str]:
    """The series that samples of a numeric stream name, in order of appearance."""
    if kind not in SERIES_TYPES:
        return []
    names: dict[str, None] = {}
    for _, value in samples:
        if isinstance(value, dict):
            names.update(dict.fromkeys(cast("dict[str, Any]", value)))
    return list(names)

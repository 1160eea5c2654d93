"""Arrays and pandas frames as samples: what of them is a row of numbers, and what is none.

They are known by what they can do: neither numpy nor pandas is imported.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

__all__ = ["Rows", "is_timed", "numbers_of", "records_of", "rows_of"]

NUMBERS: Final = frozenset("biuf")
"""The kinds of numpy's types that are numbers: bool, int, unsigned, float."""
DOUBLE: Final = 8
"""Bytes of the largest float that Python has, too."""
NO_TIME: Final = -(2**63)
"""numpy's NaT."""


class Rows(NamedTuple):
    """A frame with times: a sample a row."""

    samples: list[list[Any]]
    legend: list[str] | None
    """The columns' names, as far as they have any."""


def is_frame(value: object) -> bool:
    """Whether it is a pandas frame, or something like it."""
    return hasattr(value, "columns") and hasattr(value, "to_dict")


def is_series(value: object) -> bool:
    """Whether it is one column of such a frame."""
    return hasattr(value, "index") and hasattr(value, "to_numpy") and not is_frame(value)


def rows_of(value: Any, time: float | str) -> Rows | None:
    """The samples in a frame or a series; None if it is neither.

    With times as its index each row is a sample of that time. Without, a frame's only row or a series is one sample.

    Raises:
        TypeError: a column is not of numbers, or there are several rows and no times.
    """
    if is_frame(value):
        names = list(value.columns)
        columns = [_floats(value.iloc[:, place], f"column {name!r}") for place, name in enumerate(names)]
    elif is_series(value):
        names = [value.name]
        columns = [_floats(value, "the series")]
        if not _timed(value.index):
            names, columns = list(value.index), [[number] for number in columns[0]]
    else:
        return None
    legend = names if names and all(isinstance(name, str) for name in names) else None
    times = _times(value.index) if _timed(value.index) else [time]
    if columns and len(columns[0]) != len(times):
        raise TypeError(
            f"a frame of {len(columns[0])} rows has no times: give it a DatetimeIndex (set_index, pandas.to_datetime), or send one row"
        )
    return Rows([list(row) for row in zip(times, *columns, strict=True)], legend)


def records_of(frame: Any) -> list[dict[str, Any]]:
    """A frame's rows as objects, for a table: gaps are None; an index with a name, or of times, is the first column."""
    if _timed(frame.index) or frame.index.name is not None:
        frame = frame.reset_index()
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): cell for name, cell in row.items()} for row in plain.to_dict("records")]


def numbers_of(array: Any) -> Any:
    """An array as a number or a list of numbers.

    Raises:
        TypeError: it is of something else, or has rows and columns.
    """
    dtype, shape = getattr(array, "dtype", None), getattr(array, "shape", ())
    if getattr(dtype, "kind", None) is None:
        return array.tolist()  # a tensor, or whatever else has numbers
    if array.dtype.kind not in NUMBERS:
        raise TypeError(f"an array of {array.dtype} holds no numbers: convert it, as with .astype(float)")
    if len(shape) > 1:
        raise TypeError(
            f"an array of shape {tuple(shape)} is no sample: send its rows one by one, with their times, or a frame"
        )
    return array.astype(float).tolist() if array.dtype.itemsize > DOUBLE else array.tolist()


def is_timed(value: Any) -> bool:
    """Whether it is a frame or a series with times as its index."""
    return (is_frame(value) or is_series(value)) and _timed(value.index)


def _floats(column: Any, name: str) -> list[float]:
    if getattr(column.dtype, "kind", "O") not in NUMBERS:
        raise TypeError(
            f"{name} holds {column.dtype}, not numbers: convert it, as with .astype(float), or leave it out"
        )
    return column.to_numpy(dtype=float, na_value=float("nan")).tolist()


def _timed(index: Any) -> bool:
    return getattr(index.dtype, "kind", "") == "M"


def _times(index: Any) -> list[int]:
    """Milliseconds. Times without a zone are UTC, as pandas and numpy take them."""
    times = index.to_numpy(dtype="datetime64[ms]").astype("int64").tolist()
    if NO_TIME in times:
        raise TypeError(f"row {times.index(NO_TIME)} has no time (NaT)")
    return times

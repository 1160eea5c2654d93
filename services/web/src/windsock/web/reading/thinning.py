"""Fewer rows that look the same: which rows of a numeric stream to keep so that nothing a person would see is lost.

`minmax` keeps the smallest and the largest value of each part, so no peak is lost; `lttb` the rows that make the line's shape (of the extremes, too: as exact
as the classic one to the eye, and a tenth of its cost). Gaps that are as long as a part stay gaps. Nothing here does any I/O.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .query import Method

__all__ = ["LEAST_POINTS", "Columns", "chosen", "numbers"]

LEAST_POINTS: Final = 10
_EXACT: Final = 2.0**53
LEAST_A_SERIES: Final = 4
"""The downsamplers make no sense of less."""


class Columns:
    """A stream's rows as numbers: times, and a column a series; a gap is NaN. numpy is loaded with the first of these: most boards never need it."""

    def __init__(self) -> None:
        import numpy  # noqa: ICN001, PLC0415  # 25 MB of memory and 0.2 s, for the processes that are asked to thin out

        self._numpy = numpy
        self._parts: list[NDArray[np.float64]] = []

    def add(self, rows: list[list[Any]]) -> None:
        """Add rows."""
        if not rows:
            return
        width = max(map(len, rows))
        if any(len(row) != width for row in rows):
            rows = [row + [None] * (width - len(row)) for row in rows]
        try:
            part = self._numpy.array(rows, dtype=self._numpy.float64)
        except (ValueError, TypeError, OverflowError):
            part = self._numpy.array([numbers(row) for row in rows], dtype=self._numpy.float64)
        self._parts.append(part)

    def table(self) -> NDArray[np.float64]:
        """All rows: times in the first column."""
        numpy, width = self._numpy, max((part.shape[1] for part in self._parts), default=1)
        if not self._parts:
            return numpy.empty((0, 1))
        table = numpy.full((sum(map(len, self._parts)), width), numpy.nan)
        at = 0
        for part in self._parts:
            table[at : at + len(part), : part.shape[1]] = part
            at += len(part)
        self._parts.clear()
        return table

    def thinned(self, most: int, method: Method) -> list[list[Any]]:
        """At most so many of the rows. The columns are empty afterwards."""
        table = self.table()
        kept = table[chosen(table, most, method)]
        return [[_plain(number) for number in row] for row in cast("list[list[float]]", kept.tolist())]


def numbers(row: list[Any]) -> list[int | float | None]:
    """A row's numbers. What is none is a gap: the stream may have had another type when the row came."""
    return [cell if isinstance(cell, int | float) else None for cell in row]


def _plain(number: float) -> float | int | None:
    """A number as JSON writes it: a gap is null, and what is whole has no decimals."""
    if number != number:  # noqa: PLR0124  # NaN
        return None
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def chosen(table: NDArray[np.float64], most: int, method: Method) -> list[int]:
    """The indices of at most `most` rows (10 at least), in order; first and last are among them."""
    import numpy as np  # noqa: PLC0415

    count, width = table.shape
    if count <= most:
        return list(range(count))
    series = width - 1
    each = (most - 2) // series if series else 0
    if each < LEAST_A_SERIES:
        # A table with nearly as many columns as rows are wanted: no choice does justice to all of them.
        return [number * (count - 1) // (most - 1) for number in range(most)]
    times = table[:, 0].astype(np.int64)
    kept = {0, count - 1}
    ordered = bool((np.diff(times) >= 0).all())
    for number in range(1, width):
        kept.update(_of_series(times if ordered else None, table[:, number], each, method))
    return sorted(kept)


def _of_series(times: NDArray[np.int64] | None, values: NDArray[np.float64], most: int, method: Method) -> list[int]:
    import numpy as np  # noqa: PLC0415
    from tsdownsample import MinMaxDownsampler, MinMaxLTTBDownsampler  # noqa: PLC0415

    there = np.flatnonzero(~np.isnan(values))
    gaps = _gaps(there, len(values), most)
    left = max(LEAST_A_SERIES, most - len(gaps)) // 2 * 2
    if len(there) > left:
        # Contiguous: the downsampler would copy it anyway, and warns.
        columns = [np.ascontiguousarray(column[there]) for column in (times, values) if column is not None]
        sampler: Any = MinMaxDownsampler() if method == "minmax" else MinMaxLTTBDownsampler()
        there = there[sampler.downsample(*columns, n_out=left)]
    return [*cast("list[int]", there.tolist()), *gaps]


def _gaps(there: NDArray[np.intp], count: int, most: int) -> list[int]:
    """A row of each gap that is too long to be overlooked: the longest, a quarter of `most` of them."""
    import numpy as np  # noqa: PLC0415

    edges = np.concatenate(([-1], there, [count]))
    lengths = np.diff(edges) - 1
    long = np.flatnonzero(lengths >= max(1, count // most))
    long = long[np.argsort(-lengths[long], kind="stable")][: most // 4]
    return cast("list[int]", (edges[long] + 1).tolist())

"""Thinned out: never more than asked, nothing invented, no peak and no gap lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.web.reading.thinning import Columns

Rows = list[list[Any]]


def thinned(rows: Rows, most: int, method: Any = "minmax") -> Rows:
    columns = Columns()
    for at in range(0, len(rows), 97):
        columns.add([list(row) for row in rows[at : at + 97]])
    return columns.thinned(most, method)


numbers = st.none() | st.integers(-(2**52), 2**52) | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(numbers, min_size=0, max_size=4), max_size=200),
    st.integers(10, 60),
    st.sampled_from(["minmax", "lttb"]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_whatever_comes_in(values: Rows, most: int, method: str, ordered: bool, random: Any) -> None:
    times = [random.randrange(0, 300) for _ in values]
    if ordered:
        times.sort()
    rows = [[time, *cells] for time, cells in zip(times, values, strict=True)]
    width = max(map(len, rows), default=1)
    full = [row + [None] * (width - len(row)) for row in rows]
    kept = thinned(rows, most, method)
    assert len(kept) <= most
    left = iter(full)
    assert all(any(row == other for other in left) for row in kept), "rows of the stream, in their order"
    if len(rows) <= most:
        assert kept == full
    elif rows:
        assert kept[0] == full[0]
        assert kept[-1] == full[-1]


@pytest.mark.parametrize("method", ["minmax", "lttb"])
def test_the_extremes_of_every_series_stay(method: str) -> None:
    rows: Rows = [[at, at % 5, -(at % 3), 0.5] for at in range(5000)]
    rows[1234][1] = 99
    rows[2345][2] = -99
    kept = thinned(rows, 60, method)
    assert rows[1234] in kept
    assert rows[2345] in kept


def test_a_long_gap_stays_a_gap_and_a_short_one_does_not_hide_what_is_beside_it() -> None:
    rows: Rows = [[at, None if 2000 <= at < 2600 else at % 9] for at in range(5000)]
    kept = thinned(rows, 50)
    assert any(row[1] is None and 2000 <= row[0] < 2600 for row in kept)
    sparse: Rows = [[at, at if at % 2 else None, None if at % 2 else -at] for at in range(5000)]
    kept = thinned(sparse, 100)
    assert sum(row[1] is not None for row in kept) >= 30, "every second value missing is no gap"
    assert sum(row[2] is not None for row in kept) >= 30


def test_more_gaps_than_points_leave_room_for_values() -> None:
    rows: Rows = [[at, None if at % 100 < 50 else at] for at in range(20_000)]
    kept = thinned(rows, 40)
    assert len(kept) <= 40
    assert sum(row[1] is not None for row in kept) >= 20


def test_nothing_but_gaps() -> None:
    assert thinned([[at, None] for at in range(100)], 10)[0] == [0, None]


def test_more_series_than_points() -> None:
    rows: Rows = [[at, *range(30)] for at in range(1000)]
    kept = thinned(rows, 20)
    assert len(kept) == 20
    assert (kept[0], kept[-1]) == (rows[0], rows[-1])


def test_whole_numbers_stay_whole() -> None:
    kept = thinned([[at, 2**52 + at, at / 2] for at in range(100)], 10)
    assert all(isinstance(row[0], int) and isinstance(row[1], int) for row in kept)

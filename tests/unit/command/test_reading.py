"""Lines and words as samples."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.command.reading import Sample, level_of, read_line, read_word

NUMBERS = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(NUMBERS, min_size=1, max_size=6), st.sampled_from([" ", "\t", ",", ";", ", ", "   "]))
def test_columns_of_numbers_are_read_as_they_were_written(numbers: list[float], separator: str):
    expected = numbers[0] if len(numbers) == 1 else numbers
    assert read_line(f"  {separator.join(map(str, numbers))}\r\n") == Sample(expected)


@given(st.text())
def test_no_line_is_too_strange(line: str):
    sample = read_line(line)
    assert sample is None or isinstance(sample, Sample)


@pytest.mark.parametrize(
    "line",
    ["", "   ", "procs -----memory-----", "r b swpd free", "1 2 three", "{not json", "[1, 2", "{}", "12:30", "1_000", ",", "[" * 100_000],
)  # fmt: skip
def test_lines_that_are_no_samples(line: str):
    assert read_line(line) is None


@pytest.mark.parametrize(
    ("line", "sample"),
    [
        ('{"in": 1, "out": 2}', Sample({"in": 1, "out": 2})),
        ('{"value": [1, 2], "time": "2026-05-01T12:00:00Z"}', Sample([1, 2], "2026-05-01T12:00:00Z")),
        ("[1, 2.5, null]", Sample([1, 2.5, None])),
        ("1e3 -4", Sample([1000.0, -4])),
        ("nan 1", Sample([None, 1])),
        (f"{'9' * 309} 1", Sample([None, 1])),
        (f"1e999 {'9' * 5000}", Sample([None, None])),
    ],
)
def test_lines_that_are(line: str, sample: Sample):
    assert read_line(line) == sample


@given(st.text(min_size=1).filter(lambda word: word[0] not in '{["' and word not in {"true", "false", "null"}))
def test_a_word_that_is_nothing_else_is_a_text(word: str):
    value = read_word(word)
    assert value == word or isinstance(value, (int, float))


@pytest.mark.parametrize("value", [1, -2.5, [1, 2], {"a": 1}, True, None, "quoted"], ids=repr)
def test_json_words(value: object):
    assert read_word(json.dumps(value)) == value


def test_infinity_is_a_number_of_the_command_line():
    assert math.isinf(read_word("inf"))


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-05-01 12:00:00 ERROR disk is full", "error"),
        ("[warn] low battery", "warning"),
        ("INFO: started", "info"),
        ("fatal: no such file", "critical"),
        ("information is power", None),
        ("x" * 100 + " ERROR", None),
        ("all is well", None),
    ],
)
def test_levels_of_log_lines(line: str, level: str | None):
    assert level_of(line) == level

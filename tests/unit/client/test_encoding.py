"""Values to JSON: whatever Python programs have at hand."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.client.encoding import Body, bodies, head, read_time, to_json
from windsock.client.freezing import freeze

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def encode(kind: str | None, *values: Any) -> tuple[list[Body], list[tuple[str, int]]]:
    faults: list[tuple[str, int]] = []
    entries = [(1000 + place, *freeze(value)) for place, value in enumerate(values)]
    return list(bodies(kind, entries, lambda why, count: faults.append((why, count)))), faults


def read(found: list[Body]) -> list[dict[str, Any]]:
    return [json.loads(f"{{{body.text}}}") for body in found]


@given(JSON_VALUES)
def test_json_comes_back_as_it_was(value: object):
    assert json.loads(to_json(value)) == value


@given(st.recursive(st.floats(), lambda inner: st.lists(inner, max_size=4), max_leaves=8))
def test_what_is_no_number_is_a_gap(value: object):
    def gaps(item: Any) -> Any:
        if isinstance(item, list):
            return [gaps(each) for each in item]  # pyright: ignore[reportUnknownVariableType]
        return item if math.isfinite(item) else None

    assert json.loads(to_json(value)) == gaps(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(1.5), 1.5),
        (np.int64(7), 7),
        (np.array([1, 2]), [1, 2]),
        (np.array([[1.5, math.nan]]), [[1.5, None]]),
        ({"a": np.float64(2.5)}, {"a": 2.5}),
        ([np.bool_(1)], [True]),
        (Decimal("1.25"), 1.25),
        (Fraction(1, 4), 0.25),
        ({3, 1, 2}, [1, 2, 3]),
        (Path("a", "b"), "a/b"),
        (datetime(2026, 5, 1, 12, tzinfo=UTC), "2026-05-01T12:00:00+00:00"),
        ((1, 2), [1, 2]),
        ("\ud800 half a letter", "? half a letter"),
    ],
    ids=repr,
)
def test_what_programs_have_at_hand_is_taken(value: object, expected: object):
    assert json.loads(to_json(value).encode("utf-8", "replace")) == expected


def test_a_value_that_contains_itself_is_told():
    value: list[Any] = []
    value.append(value)
    with pytest.raises(RecursionError):
        to_json(value)


def test_numbers_that_wait_together_share_a_message():
    found, faults = encode("line", 1, 2.5, [3, 4], np.array([5, 6]))
    assert read(found) == [{"samples": [[1000, 1], [1001, 2.5], [1002, 3, 4], [1003, 5, 6]]}]
    assert found[0].samples == 4
    assert not faults


def test_named_values_go_alone_since_only_the_server_knows_the_legend():
    found, _ = encode("line", 1, {"a": 2}, 3, 4)
    assert read(found) == [
        {"time": 1000, "value": 1},
        {"time": 1001, "value": {"a": 2}},
        {"samples": [[1002, 3], [1003, 4]]},
    ]


def test_a_list_goes_alone_while_the_type_is_unknown():
    found, _ = encode(None, [1, 2], [3, 4])
    assert read(found) == [{"time": 1000, "value": [1, 2]}, {"time": 1001, "value": [3, 4]}]


def test_other_types_share_messages_as_one_value_each():
    found, _ = encode("text", "one", {"level": "info", "text": "two"})
    assert read(found) == [{"samples": [[1000, "one"], [1001, {"level": "info", "text": "two"}]]}]


def test_one_bad_value_costs_only_itself():
    found, faults = encode("text", "one", object(), "three")
    assert [body.samples for body in found] == [1, 1]
    assert [message["value"] for message in read(found)] == ["one", "three"]
    [(why, count)] = faults
    assert count == 1
    assert why == "value: a object can't be sent: a object has no JSON form"


def test_a_number_that_fits_nowhere_costs_only_itself():
    found, faults = encode("line", 1, 10**400, 2**70, 4)
    assert [row[1] for message in read(found) for row in message["samples"]] == [1, 2**70, 4]
    [(why, count)] = faults
    assert count == 1
    assert "fits into no float" in why


@pytest.mark.parametrize(
    "gap", [math.nan, math.inf, None, np.float64("nan"), np.float32("inf"), Decimal("NaN")], ids=repr
)
@pytest.mark.parametrize("kind", [None, "line", "gauge"])
def test_a_lone_gap_is_a_sample_and_no_missing_field(kind: str | None, gap: object):
    found, faults = encode(kind, gap)
    assert read(found) == [{"time": 1000, "value": [None]}], "`null` counts as absent: the server would store nothing"
    assert not faults


def test_a_gap_where_there_are_no_numbers_is_told_and_not_counted_as_sent():
    found, faults = encode("text", None)
    assert not found
    assert faults == [("value: None can't be sent: only streams of numbers have gaps, and this one is of type text", 1)]


@given(st.lists(st.floats() | st.integers() | st.lists(st.floats(), min_size=1, max_size=3) | st.none(), max_size=40))
def test_every_sample_is_in_exactly_one_message_in_order(values: list[Any]):
    found, faults = encode("line", *values)
    times: list[int] = []
    for message in read(found):
        times += [row[0] for row in message["samples"]] if "samples" in message else [message["time"]]
    assert times == list(range(1000, 1000 + len(values)))
    assert sum(body.samples for body in found) == len(values)
    assert not faults


def test_the_head_takes_any_id():
    text = head('quote " and \\', "me") + "1}"
    assert json.loads(text) == {"id": 'quote " and \\', "source": "me", "seq": 1}


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (1_700_000_000, 1_700_000_000_000),
        (1_700_000_000.25, 1_700_000_000_250),
        (1_700_000_000_250, 1_700_000_000_250),
        (np.float64(1_700_000_000.5), 1_700_000_000_500),
        (np.datetime64("2023-11-14T22:13:20.5", "ns"), 1_700_000_000_500),
        (datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), 1_700_000_000_000),
        ("2023-11-14T22:13:20Z", "2023-11-14T22:13:20Z"),
    ],
    ids=repr,
)
def test_times_of_all_kinds(time: object, expected: object):
    assert read_time(time) == expected


@pytest.mark.parametrize("time", [math.nan, math.inf, True, ..., [1]], ids=repr)
def test_what_is_no_time_is_told(time: object):
    with pytest.raises(TypeError, match="time"):
        read_time(time)

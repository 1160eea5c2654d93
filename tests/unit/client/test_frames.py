"""pandas frames and series, and numpy arrays of every kind, as samples."""

from __future__ import annotations

import importlib
import json
import math
import re
from typing import Any

import numpy as np
import pytest

from windsock.client.encoding import bodies
from windsock.client.freezing import freeze
from windsock.shared.messages import MESSAGE

pd: Any = importlib.import_module("pandas")  # has no types of its own
NAN = math.nan
START = 1_700_000_000_000
DAYS = pd.to_datetime([START, START + 1000, START + 2000], unit="ms")


def encode(kind: str | None, value: Any) -> tuple[dict[str, Any], str]:
    """The one message of a value, and what was said against it. What is sent, the server takes."""
    faults: list[str] = []
    found = list(bodies(kind, [(1000, *freeze(value))], lambda why, count: faults.append(f"{count}: {why}")))
    assert len(found) + len(faults) == 1
    if faults:
        return {}, faults[0]
    assert found[0].samples == 1, "one send is one in the counters"
    message = json.loads(f"{{{found[0].text}}}")
    MESSAGE.validate_json(json.dumps({"id": "x", "type": kind or "line", **message}))
    return message, ""


@pytest.mark.parametrize("kind", ["line", "bar", "area", None])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_a_frame_with_times_is_a_sample_a_row_and_its_columns_name_the_series(kind: str | None, zone: str | None):
    index = DAYS if zone is None else DAYS.tz_localize("UTC").tz_convert(zone)
    frame = pd.DataFrame({"user": [1, 2, 3], "sys": [0.5, NAN, 1.5], "on": [True, False, True]}, index=index)
    message, fault = encode(kind, frame)
    assert not fault
    assert message == {
        "legend": ["user", "sys", "on"],
        "samples": [[START, 1, 0.5, 1], [START + 1000, 2, None, 0], [START + 2000, 3, 1.5, 1]],
    }


def test_gaps_of_nullable_columns_are_gaps():
    frame = pd.DataFrame({"a": pd.array([1, None, 3], "Int64"), "b": pd.array([None, True, False], "boolean")}, DAYS)
    assert [row[1:] for row in encode("line", frame)[0]["samples"]] == [[1, None], [None, 1], [3, 0]]


def test_columns_without_names_leave_the_legend_as_it_is():
    assert encode("line", pd.DataFrame([[1, 2]]))[0] == {"samples": [[1000, 1, 2]]}


def test_one_row_needs_no_time():
    frame = pd.DataFrame({"user": [1], "sys": [2]})
    assert encode("bar", frame)[0] == {"legend": ["user", "sys"], "samples": [[1000, 1, 2]]}


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pd.DataFrame({"a": [1, 2]}), "a frame of 2 rows has no times"),
        (pd.DataFrame({"a": pd.Categorical(["x", "y", "x"])}, DAYS), "column 'a' holds category, not numbers"),
        (pd.DataFrame({"ok": [1, 2, 3], "a": ["x", "y", "z"]}, DAYS), "column 'a' holds"),
        (pd.DataFrame({"a": DAYS}, DAYS), "column 'a' holds datetime64"),
        (pd.DataFrame({"a": [1, 2]}, pd.to_datetime([None, "2026-01-01"])), r"row 0 has no time \(NaT\)"),
        (pd.Series(["x", "y", "z"], DAYS), "the series holds"),
    ],
    ids=["no times", "categories", "texts", "dates", "no time", "series of texts"],
)
def test_what_is_no_numbers_is_refused_by_the_columns_name(frame: Any, says: str):
    message, fault = encode("line", frame)
    assert not message
    assert re.search(says, fault), fault
    assert fault.startswith("1: value: a ")


def test_a_series_with_times_is_a_line_and_one_with_names_a_sample():
    timed = pd.Series([1.5, NAN, 3], DAYS, name="load")
    assert encode("line", timed)[0] == {
        "legend": ["load"],
        "samples": [[START, 1.5], [START + 1000, None], [START + 2000, 3]],
    }
    named = pd.Series({"sda": 12, "sdb": 80})
    assert encode("bar", named)[0] == {"legend": ["sda", "sdb"], "samples": [[1000, 12, 80]]}
    assert encode("bar", pd.Series([12, 80]))[0] == {"samples": [[1000, 12, 80]]}


def test_a_frame_in_a_table_keeps_texts_times_categories_and_gaps():
    frame = pd.DataFrame(
        {
            "host": ["a", "b"],
            "state": pd.Categorical(["up", "down"]),
            "load": [1.5, NAN],
            "left": pd.array([3, None], "Int64"),
            "seen": pd.to_datetime(["2026-05-01", None]),
        }
    )
    message, fault = encode("table", frame)
    assert not fault
    assert message["value"] == [
        {"host": "a", "state": "up", "load": 1.5, "left": 3, "seen": "2026-05-01T00:00:00"},
        {"host": "b", "state": "down", "load": None, "left": None, "seen": None},
    ]
    timed = pd.DataFrame({1: [5]}, DAYS[:1].rename("when"))
    assert encode("table", timed)[0]["value"] == [{"when": "2023-11-14T22:13:20", "1": 5}]


def test_a_frame_may_change_right_after():
    frame = pd.DataFrame({"a": [1]}, DAYS[:1])
    copy, _ = freeze(frame)
    frame.loc[DAYS[0], "a"] = 7
    (body,) = bodies("line", [(1000, copy, 64)], lambda why, count: pytest.fail(why))
    assert json.loads(f"{{{body.text}}}")["samples"] == [[START, 1]]


KINDS = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "longdouble", ">i4", ">f8", "<f4",
]  # fmt: skip


@pytest.mark.parametrize("dtype", KINDS)
def test_arrays_of_every_kind_of_number_are_samples(dtype: str):
    array = np.array([1, 0, 1], dtype=dtype)
    assert encode("line", array)[0] == {"time": 1000, "value": [1, 0, 1]}
    assert encode("line", array[0])[0]["value"] == 1, "a scalar of it"
    assert encode("line", np.array(1, dtype=dtype))[0]["value"] == 1, "an array without a dimension"
    assert encode("line", np.arange(6).astype(dtype)[::2])[0]["value"] == np.arange(6).astype(dtype)[::2].tolist()


def test_masked_values_are_gaps():
    assert encode("line", np.ma.array([1.5, 2.5], mask=[False, True]))[0]["value"] == [1.5, None]
    assert encode("heatmap", np.array([[1, 2], [3, NAN]]))[0]["value"] == [[1, 2], [3, None]]


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.array([1, "x"], object), "an array of object holds no numbers"),
        (np.array(["x"]), "holds no numbers"),
        (np.array([1j]), "an array of complex128 holds no numbers"),
        (np.array(["2026-01-01"], "datetime64[s]"), r"datetime64\[s\] holds no numbers"),
        (np.zeros((2, 3)), r"an array of shape \(2, 3\) is no sample"),
    ],
    ids=["objects", "texts", "complex", "dates", "matrix"],
)
def test_arrays_that_are_no_row_of_numbers_are_refused(array: Any, says: str):
    message, fault = encode("line", array)
    assert not message
    assert re.search(says, fault), fault

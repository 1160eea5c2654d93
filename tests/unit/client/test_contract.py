"""The client copies a few words of the contract, since it needs nothing but Python. They must stay the contract's."""

from __future__ import annotations

import json
from typing import Any, get_args

import numpy as np
import pytest

from windsock.client.encoding import bodies, head
from windsock.client.freezing import freeze
from windsock.client.look import SERIES_TYPES, SPEC_FIELDS, OtherType, SeriesType, spec_of
from windsock.shared import messages
from windsock.shared.intake.spec import read_message


def test_types_and_fields_are_the_contracts():
    assert set(get_args(SeriesType)) == messages.SERIES_TYPES == SERIES_TYPES
    assert {*get_args(SeriesType), *get_args(OtherType)} == set(messages.TYPES)
    assert set(SPEC_FIELDS) | {"type"} == set(messages.SPEC_FIELDS)


VALUES: dict[str, list[Any]] = {
    "line": [1, 2.5, [1, None], {"a": 1}, np.array([1.5, float("nan")]), np.float32(2)],
    "area": [1, (1, 2)],
    "bar": [np.int64(3), [4, 5]],
    "horizontalBar": [[1, 2], [3, 4]],
    "pie": [[1, 2, 3]],
    "doughnut": [[1, 2, 3]],
    "radar": [[1, 2, 3]],
    "polarArea": [[1, 2, 3]],
    "gauge": [1.5, 2.5],
    "stat": [1, 2],
    "scatter": [[1, 2], [[1, 2], [3, 4]], np.ones((3, 2))],
    "bubble": [[1, 2, 3], {"x": 1, "y": 2, "r": 3}],
    "heatmap": [[1, 2], [1, 2, 3], np.ones((2, 3))],
    "bubble_matrix": [np.ones((2, 2))],
    "text": ["a line", {"level": "info", "text": "another"}, ["two", "lines"]],
    "table": [[{"a": 1}], {"a": 2}],
    "image": [b"\xff\xd8\xff...", np.zeros((2, 2, 3), np.uint8)],
    "map": [{"center": {"lat": 1, "lng": 2}, "zoom": 3, "data": [{"lat": 1, "lng": 2, "name": "here"}]}],
    "tree": [{"name": "root", "children": [{"name": "leaf", "value": 1}]}],
    "treemap": [{"name": "root", "value": 3}],
    "scatter3d": [[1, 2, 3], np.ones((4, 3))],
    "line3d": [[[1, 2, 3]]],
    "surface": [np.ones((3, 3))],
    "custom": [{"type": "bar", "data": {}}],
    "video_stream": ["rtsp://camera/1"],
}


@pytest.mark.parametrize("kind", sorted(messages.TYPES))
def test_the_contract_takes_what_the_client_makes_of_every_type(kind: str):
    entries = [(1_700_000_000_000 + place, *freeze(value)) for place, value in enumerate(VALUES[kind])]
    faults: list[str] = []
    samples = 0
    for body in bodies(kind, entries, lambda why, count: faults.append(why)):
        checked = read_message(json.loads(f"{head('it', 'me')}1,{body.text}}}"), kind)
        assert (checked["source"], checked["seq"]) == ("me", 1)
        samples += body.samples
    assert not faults
    assert samples == len(entries)


def test_the_contract_takes_the_looks():
    look = spec_of(
        "area",
        {
            "name": "n", "label": "l", "legend": ["a", "b"], "unit": "%", "group": "g", "borderColor": ["#123456"], "backgroundColor": "red",
            "fill": True, "active_points": 5, "width": 10, "height": 20, "min": 0, "max": 1.5, "thresholds": [1, 2], "decimals": 2, "log": False,
        },
    )  # fmt: skip
    checked = read_message({"id": "it", **look}, None)
    assert {name for name in checked if name != "id"} == set(look)


def test_an_unknown_look_is_told_at_once():
    with pytest.raises(TypeError, match="colour"):
        spec_of("line", {"colour": "red"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportArgumentType]

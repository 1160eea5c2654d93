"""A sample is what the value was at the moment of `send`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from windsock.client.freezing import freeze


def test_a_list_may_change_afterwards():
    inner = [1, 2]
    value = [inner, {"a": inner}]
    frozen, _ = freeze(value)
    inner.append(3)
    value.clear()
    assert frozen == [[1, 2], {"a": [1, 2]}]


def test_an_array_may_change_afterwards():
    value = np.zeros(3)
    frozen, weight = freeze(value)
    value[:] = 1
    assert list(frozen) == [0, 0, 0]
    assert weight >= value.nbytes


def test_a_buffer_may_change_afterwards():
    value = bytearray(b"frame")
    frozen, _ = freeze(value)
    value[:] = b"other"
    assert frozen == b"frame"


@pytest.mark.parametrize("value", [1, 1.5, None, True, "text", b"bytes"], ids=repr)
def test_what_never_changes_is_not_copied(value: object):
    frozen, _ = freeze(value)
    assert frozen is value


@pytest.mark.parametrize(
    ("value", "least"),
    [("x" * 1000, 1000), (b"x" * 1000, 1000), (list(range(1000)), 8000), ({"a": "x" * 1000}, 1000), (np.zeros(1000), 8000)],
    ids=["text", "bytes", "list", "dict", "array"],
)  # fmt: skip
def test_the_weight_is_not_less_than_what_is_held(value: object, least: int):
    assert freeze(value)[1] >= least


def test_a_value_that_contains_itself_is_told():
    value: list[Any] = []
    value.append(value)
    with pytest.raises(RecursionError):
        freeze(value)

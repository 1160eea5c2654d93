"""What the commands print."""

from __future__ import annotations

import json
from typing import Any

import pytest

from windsock.command.streams import table
from windsock.command.tail import line_of

AT = 1_700_000_000_250


def value_of(row: list[Any]) -> str:
    return line_of(row).partition("\t")[2]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ([AT, 1, 2.5, None], "1\t2.5\t-"),
        ([AT, 41.0], "41"),
        ([AT, [{"text": "started"}, {"level": "error", "text": "failed"}]], "started\t[error] failed"),
        ([AT, [[1, 2], [3, 4]]], "[[1, 2], [3, 4]]"),
        ([AT, {"a": "é"}], '{"a": "é"}'),
        ([AT, "data:image/png;base64,AAAA"], "data:image/png;base64,... (26 characters)"),
        ([AT, [{"text": "a \x1b[31mred\x07 line"}]], "a  [31mred  line"),
    ],
)
def test_a_sample_is_one_line(row: list[Any], line: str):
    assert value_of(row) == line


def test_the_time_is_the_one_of_this_place():
    when = line_of([AT, 1]).partition("\t")[0]
    assert ":13:20.250" in when or ":43:20.250" in when or ":58:20.250" in when


def test_json_lines():
    assert json.loads(line_of([AT, 1, 2], as_json=True)) == {"time": AT, "value": [1, 2]}
    assert json.loads(line_of([AT, {"a": 1}], as_json=True)) == {"time": AT, "value": {"a": 1}}


def test_the_table_has_the_columns_that_are_used():
    lines = table(
        [{"id": "cpu", "type": "line", "legend": ["user", "sys"]}, {"id": "a longer id", "type": "bar"}], width=100
    )
    assert lines == [
        "ID           TYPE  LEGEND",
        "cpu          line  user, sys",
        "a longer id  bar",
    ]  # fmt: skip


def test_the_table_is_not_wider_than_the_terminal_and_obeys_no_control_characters():
    lines = table([{"id": "x" * 100, "type": "line", "name": "a\x1b[2Jb"}], width=60)
    assert max(map(len, lines)) <= 60
    assert "\x1b" not in "".join(lines)

"""Reading messages and writing rows."""

from __future__ import annotations

import json
import math
import re
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.shared import codec
from windsock.shared.errors import HTTP_STATUS, Code, WindsockError
from windsock.shared.keys import Keys
from windsock.shared.values import image_kind

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def without_gaps(value: Any) -> Any:
    """As JSON has it: what is no number is null."""
    if type(value) is float and not math.isfinite(value):
        return None
    if type(value) is list:
        return [without_gaps(item) for item in cast("list[Any]", value)]
    if type(value) is dict:
        return {name: without_gaps(item) for name, item in cast("dict[str, Any]", value).items()}
    return value


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=4))
def test_what_the_standard_library_writes_is_read_and_written_back(message: dict[str, Any]) -> None:
    read = codec.parse(json.dumps(message).encode())
    assert json.loads(codec.encode(read)) == without_gaps(message)


@given(json_values)
def test_depth_is_the_deepest_nesting(value: Any) -> None:
    def depth(item: Any) -> int:
        inner: list[Any] = []
        if type(item) is dict:
            inner = list(cast("dict[str, Any]", item).values())
        elif type(item) is list:
            inner = cast("list[Any]", item)
        else:
            return 0
        return 1 + max((depth(child) for child in inner), default=0)

    assert codec.depth_of(value, 100) == depth(value)
    assert codec.depth_of(value, 1) == min(depth(value), 2), "counted only as far as it matters"


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"nope", b'{"a":1}x', b'"text"', b"5", b"null", b"[1,2]", b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"\x00"],
)
def test_what_is_no_json_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(WindsockError) as refused:
        codec.parse(raw)
    assert refused.value.code is Code.MALFORMED


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        (0, 0),
        (1_753_000_000, 1_753_000_000_000),
        (1_753_000_000.1234, 1_753_000_000_123),
        (1_753_000_000_123, 1_753_000_000_123),
        ("1753000000", 1_753_000_000_000),
        ("2025-07-20T08:26:40", 1_753_000_000_000),
        ("2025-07-20T08:26:40Z", 1_753_000_000_000),
        ("2025-07-20T10:26:40.5+02:00", 1_753_000_000_500),
        ("20250720T082640Z", 1_753_000_000_000),
        (-5, -5000),
    ],
)
def test_times_are_milliseconds_utc(value: object, ms: int) -> None:
    assert codec.read_time(value) == ms


@pytest.mark.parametrize("value", ["", "soon", "nan", float("inf"), 1e300, None, True, [], {}, "2025-13-01"])
def test_what_is_no_time_is_invalid(value: object) -> None:
    with pytest.raises(WindsockError) as refused:
        codec.read_time(value)
    assert refused.value.code is Code.INVALID


def test_rows_join_to_a_payload_without_brackets() -> None:
    assert codec.encode_rows([[1, 2.5, None], [2, math.nan, math.inf]]) == b"[1,2.5,null],[2,null,null]"
    assert codec.encode_row(5, {"a": 10**30, "b": 10**400, "c": -(2**63), "d": 2**64}) == (
        b'[5,{"a":1e+30,"b":null,"c":-9223372036854775808,"d":1.8446744073709552e+19}]'
    ), "as every reader takes them"


def test_every_code_has_a_status_and_reads_like_a_word() -> None:
    assert set(HTTP_STATUS) == set(Code)
    assert all(re.fullmatch(r"[a-z_]+", code) for code in Code)


def test_an_error_tells_whether_to_try_again() -> None:
    assert WindsockError(Code.UNAVAILABLE, "away").retry
    assert not WindsockError(Code.INVALID, "bad").retry
    assert WindsockError(Code.INVALID, "bad").to_wire(3) == {"code": "invalid", "message": "bad", "index": 3}


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_two_streams_share_a_key(one: str, other: str) -> None:
    keys = Keys()
    ours = {keys.spec(one), keys.history(one), keys.sources(one), keys.live(one), keys.frame(one), keys.frames(one)}
    theirs = {
        keys.spec(other),
        keys.history(other),
        keys.sources(other),
        keys.live(other),
        keys.frame(other),
        keys.frames(other),
    }
    assert len(ours) == 6
    assert not ours & theirs or one == other


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"\xff\xd8\xff\xe0........", "jpeg"),
        (b"GIF89a......", "gif"),
        (b"RIFF1234WEBP", "webp"),
        (b"<svg xmlns=", None),
        (b"RIFF1234WAVE", None),
        (b"", None),
    ],
)
def test_pictures_are_known_by_their_first_bytes(head: bytes, kind: str | None) -> None:
    assert image_kind(head) == kind

"""The texts that older publishers send are read as a browser read them, and nothing more than literals is read."""

from __future__ import annotations

import contextlib
import json
import time
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.shared.framing import RelaxedRefused, parse_relaxed
from windsock.shared.framing.relaxed import TEXT_LIMIT

NAMES = st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\'\"{}[]:,\n\0"), max_size=20)
NUMBERS = st.integers(-(10**17) + 1, 10**17) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | TEXTS, inner, max_size=4),
    max_leaves=12,
)


def test_the_map_that_older_publishers_send():
    text = "{ center: {lat: 41.4, lng: 2.17}, zoom: 4, data: [{lat: 1, lng: 2}, {lat: -1.5, lng: 2e1, name: 'Bar \"Sol\"'}] }"
    assert parse_relaxed(text) == {
        "center": {"lat": 41.4, "lng": 2.17},
        "zoom": 4,
        "data": [{"lat": 1, "lng": 2}, {"lat": -1.5, "lng": 20.0, "name": 'Bar "Sol"'}],
    }


@settings(max_examples=400, deadline=None)
@given(value=VALUES, ascii_only=st.booleans(), indent=st.sampled_from([None, 0, 2]))
def test_all_json_is_read_as_json(value: object, ascii_only: bool, indent: int | None):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert parse_relaxed(text) == value


@st.composite
def written(draw: st.DrawFn, value: object) -> str:
    """A value as somebody might write it by hand."""
    space = draw(st.sampled_from(["", " ", "\n", "\t ", "\r\n"]))
    if isinstance(value, dict):
        members: list[str] = []
        for key, inner in cast("dict[str, object]", value).items():
            bare = key.isascii() and key.isidentifier() and draw(st.booleans())
            members.append(space + (key if bare else draw(written(key))) + space + ":" + draw(written(inner)))
        return space + "{" + ",".join(members) + draw(st.sampled_from(["", ","] if members else [""])) + space + "}"
    if isinstance(value, list):
        items = [draw(written(item)) + space for item in cast("list[object]", value)]
        return "[" + ",".join(items) + draw(st.sampled_from(["", ","] if items else [""])) + space + "]"
    text = json.dumps(value)
    if isinstance(value, str) and draw(st.booleans()):
        single = text[1:-1].replace('\\"', '"').replace("'", "\\'") if "\\\\" not in text else None
        text = text if single is None else f"'{single}'"
    return space + text + space


@settings(max_examples=400, deadline=None)
@given(data=st.data(), value=VALUES)
def test_names_single_quotes_trailing_commas_and_space_change_nothing(data: st.DataObject, value: object):
    text = data.draw(written(value))
    assert parse_relaxed(text) == value, text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[.5, 5., +1, -0, 1E2]", [0.5, 5.0, 1, 0, 100.0]),
        (
            r"""['it\'s', "it's", 'say "so"', "say \"so\"", '\\', '\\\'', "\\'"]""",
            ["it's", "it's", 'say "so"', 'say "so"', "\\", "\\'", "\\'"],
        ),
        (r"'\u00e9\ud83d\ude00\n'", "é\U0001f600\n"),
        ("{$a: 1, _b: 2, c3: 3, true: 4, null: 5}", {"$a": 1, "_b": 2, "c3": 3, "true": 4, "null": 5}),
        ("{a: 1, a: 2, 'a': 3}", {"a": 3}),
        ("{__proto__: 1, constructor: 2}", {"__proto__": 1, "constructor": 2}),
        ("  7  ", 7),
        ("[" + "9" * 18 + "]", [10**18 - 1]),
        ("[" + "9" * 30 + "]", [1e30]),
    ],
)
def test_what_is_read(text: str, value: object):
    assert parse_relaxed(text) == value


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("   ", 3),
        ("{", 1),
        ("{a", 1),
        ("{a:", 3),
        ("{a:1", 4),
        ("{a:1,", 5),
        ("{a:1]", 4),
        ("{a 1}", 1),
        ("{a:1 b:2}", 5),
        ("{,}", 1),
        ("{a:1,,}", 5),
        ("{1:2}", 1),
        ("{-a:2}", 1),
        ("{a-b:2}", 1),
        ("{[a]:2}", 1),
        ("{é:2}", 1),
        ("{...a}", 1),
        ("{'a' 1}", 4),
        ("[,]", 1),
        ("[1,,2]", 3),
        ("[1 2]", 3),
        ("[1}", 2),
        ("[1", 2),
        ("1 2", 2),
        ("{}{}", 2),
        ("'abc", 0),
        ("'abc\"", 0),
        ("'abc\\'", 0),
        ("'abc\\", 0),
        ("'a\nb'", 0),
        ("'a\0b'", 0),
        (r"'\x41'", 0),
        (r"'\u00'", 0),
        (r"'\ud800'", 0),
        (r"'\q'", 0),
        ("undefined", 0),
        ("NaN", 0),
        ("Infinity", 0),
        ("-Infinity", 0),
        ("[1e999]", 1),
        ("[-" + "9" * 5000 + "]", 1),
        ("0x10", 1),
        ("1_000", 1),
        ("1n", 1),
        ("--1", 0),
        (".", 0),
        ("1 + 1", 2),
        ("alert(1)", 0),
        ("{a: alert(1)}", 4),
        ("{a: function(){}}", 4),
        ("{a: `b`}", 4),
        ("/x/", 0),
        ("(1)", 0),
        ("[1] // a comment", 4),
        ("/* a comment */ [1]", 0),
        ("__import__('os')", 0),
        ("\u00a0[1]", 0),
    ],
)
def test_anything_else_is_refused_at_its_position(text: str, position: int):
    with pytest.raises(RelaxedRefused) as refused:
        parse_relaxed(text)
    assert (refused.value.code, refused.value.position) == ("malformed", position), refused.value
    assert f"character {position}" in str(refused.value)


@settings(max_examples=1000, deadline=None)
@given(text=st.text(st.sampled_from("{}[]:,'\"\\ab1-.e\n "), max_size=30) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str):
    position = -1
    try:
        value = parse_relaxed(text, depth=5)
    except RelaxedRefused as refused:
        position = refused.position
    else:
        assert json.loads(json.dumps(value)) == value
    assert -1 <= position <= len(text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a:", "}"), ("[{a:", "}]")])
def test_nesting_is_limited(opening: str, closing: str):
    levels = len(opening.replace("a:", ""))
    parse_relaxed(opening * (64 // levels) + "1" + closing * (64 // levels), depth=64)
    for count in (64 // levels + 1, 20_000):
        with pytest.raises(RelaxedRefused) as refused:
            parse_relaxed(opening * count + "1" + closing * count, depth=64)
        assert refused.value.code == "too_deep"
    with pytest.raises(RelaxedRefused) as refused:
        parse_relaxed(opening * 20_000, depth=1 << 30)
    assert refused.value.code == "too_deep", "a generous setting must not reach Python's own limit"


def test_length_is_limited():
    parse_relaxed("[" + " " * 98 + "]", limit=100)
    with pytest.raises(RelaxedRefused) as refused:
        parse_relaxed("[" + " " * 99 + "]", limit=100)
    assert refused.value.code == "too_large"


@pytest.mark.parametrize(
    ("begin", "unit", "end"),
    [
        ("[", "1,", "]"),
        ("{", "a:1,", "}"),
        ("[", "[],", "]"),
        ("[", "'',", "]"),
        ("['", "\\'", "']"),
        ("['", "\\\\", "']"),
        ("['", "\\'", ""),
        ("", "{'", ""),
        ("", "'\\", ""),
        ("", " ", ""),
        ("", "9", ""),
        ("0.", "0", "1"),
        ("1e", "9", ""),
        ("{", "a", ""),
        ("[", "1 ", ""),
    ],
)
def test_time_is_linear(begin: str, unit: str, end: str):
    def cost(size: int) -> float:
        text = begin + unit * (size // len(unit)) + end
        started = time.process_time()
        with contextlib.suppress(RelaxedRefused):
            parse_relaxed(text, limit=1 << 30)
        return time.process_time() - started

    small = min(cost(TEXT_LIMIT // 8) for _ in range(3))
    large = min(cost(TEXT_LIMIT) for _ in range(3))
    assert large < 24 * small + 0.002, (
        f"8 times the text cost {large / small:.1f} times the time; quadratic would be 64"
    )

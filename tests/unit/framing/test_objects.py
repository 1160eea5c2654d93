"""Whatever a stream's pieces, separators and mistakes: each object comes out once, whole and in order."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from windsock.shared.framing import Fault, ObjectSplitter, Piece
from windsock.shared.framing.scanner import SEPARATORS as SEPARATOR_BYTES
from windsock.shared.framing.scanner import ObjectScanner

if TYPE_CHECKING:
    from collections.abc import Iterable

PUBLISHED = (
    b'{"id":80085, "value":[41.2], "type":"line","active_points": 20, "label":["Random Number"], "legend": ["random"], '
    b'"name":"Random numbers, live","borderColor":["#3e95cd"], "backgroundColor" :["#3e95cd"]}'
)
SEPARATORS = [b"", b"\n", b"\r\n", b" ", b",", b", ", b",\n", b"\n\n", b"\t \n", b"\x00", b"\x1e"]

# Text that is made of what could be mistaken for a boundary.
TRICKY = st.lists(
    st.sampled_from(
        ["}{", "}\n{", "} {", '"', "\\", '\\"', '"}{"', "{", "}", "[", "]", "\n", ",", "a", "é", "\u2028", ":"]
    ),
    max_size=6,
).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TRICKY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TRICKY, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """One object as some publisher's JSON library might write it."""
    value = draw(st.dictionaries(TRICKY, VALUES, max_size=4))
    style = draw(st.sampled_from([(None, (",", ":")), (None, (", ", ": ")), (0, (",", ": ")), (2, (",", ": "))]))
    return json.dumps(value, ensure_ascii=draw(st.booleans()), indent=style[0], separators=style[1]).encode()


@st.composite
def uniform_objects(draw: st.DrawFn) -> list[bytes]:
    """Many objects of one shape or a few, as real publishers send them."""
    shapes = draw(st.lists(objects(), min_size=1, max_size=3))
    return draw(st.lists(st.sampled_from(shapes), min_size=1, max_size=30))


def cut(data: bytes, sizes: Iterable[int]) -> list[bytes]:
    """`data` in pieces of the given sizes, and then the rest."""
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


def fed(splitter: ObjectSplitter | ObjectScanner, pieces: Iterable[bytes]) -> list[Piece]:
    """All that comes out, the end of the stream included."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(splitter, ObjectSplitter):
            out += splitter.feed(piece)
        else:
            splitter.scan(piece, out)
    return out + splitter.close()


CHUNKS = st.lists(st.integers(1, 40), max_size=60)


# ---------------------------------------------------------------------------------------------- valid streams


@settings(max_examples=250, deadline=None)
@given(
    messages=st.lists(objects(), max_size=12) | uniform_objects(), separator=st.sampled_from(SEPARATORS), sizes=CHUNKS
)
def test_any_messages_with_any_separator_in_any_pieces_come_out_as_they_were(
    messages: list[bytes], separator: bytes, sizes: list[int]
):
    assert fed(ObjectSplitter(), cut(separator.join(messages), sizes)) == messages


@settings(max_examples=200, deadline=None)
@given(
    messages=uniform_objects(), separators=st.lists(st.sampled_from(SEPARATORS), min_size=31, max_size=31), sizes=CHUNKS
)
def test_the_separator_may_change_from_message_to_message(
    messages: list[bytes], separators: list[bytes], sizes: list[int]
):
    stream = b"".join(a + b for pair in zip(separators, messages, strict=False) for a, b in [pair])
    assert fed(ObjectSplitter(), cut(stream, sizes)) == messages


@settings(max_examples=100, deadline=None)
@given(messages=uniform_objects(), sizes=CHUNKS)
def test_one_splitter_serves_stream_after_stream(messages: list[bytes], sizes: list[int]):
    splitter = ObjectSplitter()
    for separator in SEPARATORS:
        assert fed(splitter, cut(separator.join(messages), sizes)) == messages


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_thousand_messages_in_one_segment(separator: bytes):
    messages = [PUBLISHED.replace(b"41.2", b"%d" % n) for n in range(1000)]
    assert fed(ObjectSplitter(), [separator.join(messages)]) == messages


def test_one_message_in_as_many_segments_as_it_has_bytes():
    assert fed(ObjectSplitter(), [PUBLISHED[n : n + 1] for n in range(len(PUBLISHED))]) == [PUBLISHED]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_buffer_may_be_fed_and_used_again(kind: type[bytes | bytearray | memoryview]):
    buffer = bytearray(PUBLISHED)
    splitter = ObjectSplitter()
    first = splitter.feed(kind(buffer[:100]))
    second = splitter.feed(kind(buffer[100:]))
    third = splitter.feed(kind(buffer))
    buffer[:] = b"x" * len(buffer)
    assert (first, second, third) == ([], [PUBLISHED], [PUBLISHED])
    assert type(third[0]) is bytes


def test_a_message_is_given_at_once_and_not_when_the_next_one_comes():
    splitter = ObjectSplitter()
    for _ in range(3):
        assert splitter.feed(PUBLISHED) == [PUBLISHED]
        assert splitter.feed(PUBLISHED + b"\n") == [PUBLISHED]
        assert splitter.feed(b"\n" + PUBLISHED) == [PUBLISHED]


def test_a_top_level_array_is_its_objects():
    assert fed(ObjectSplitter(), [b'[{"id":1},\n {"id":2}]\n[{"id":3}]']) == [b'{"id":1}', b'{"id":2}', b'{"id":3}']


@pytest.mark.parametrize(
    "message",
    [
        b'{"a":"}{"}',
        b'{"}{":"}{","}{b":"}{"}',
        b'{"a":"} {" , "b":1}',
        b'{"a":"}{" }',
        b'{"a":["}{","}{"]}',
        b'{"a":"\\"}{\\""}',
        b'{"a":"\\\\"}',
        b'{"a":"\\\\\\"}{"}',
        b'{"a":{"b":{"c":{"d":{}}}}}',
        b'{"a":[{},{},{"b":[{}]}]}',
        b'{\n"a": [\n{\n"b": 1\n},\n{\n"b": 2\n}\n]\n}',
        b"{}",
        b'{"a":"caf\xc3\xa9 \xff\xfe"}',
        b'{"a":1,"a":2}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1e999999}',
        b'{"a":"' + b"x" * 5000 + b'}{"}',
    ],
)
@pytest.mark.parametrize("separator", [b"", b"\n", b" "])
def test_what_looks_like_a_boundary_inside_a_message_is_none(message: bytes, separator: bytes):
    stream = separator.join([message] * 4)
    assert fed(ObjectSplitter(), [stream]) == [message] * 4
    assert fed(ObjectSplitter(), [stream[n : n + 1] for n in range(len(stream))]) == [message] * 4
    for at in range(min(200, len(stream))):
        assert fed(ObjectSplitter(), [stream[:at], stream[at:]]) == [message] * 4, f"cut at {at}"


# ------------------------------------------------------------------------------------------------ any streams

_MARKS = [b"{", b"}", b'"', b"\\", b"\n", b" ", b",", b"[", b"]", b"a", b":", b"}{", b'"}{"', b"} {", b'\\"', b"\r\n"]
TOKENS = [
    *_MARKS,
    b"{}",
    b'{"a":1}',
    b'{"b":"x"}',
    b'{"k":',
    b'{"a":{"b":2}}',
    b'{"v":[{"x":1},{"y":2}]}',
    b'{"a":[[[1]]]}',
]
STREAMS = st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join) | st.binary(max_size=60)


@settings(max_examples=1500, deadline=None)
@given(
    stream=STREAMS,
    sizes=CHUNKS,
    limit=st.sampled_from([5, 12, 20, 1000]),
    depth=st.sampled_from([1, 2, 3, 64]),
    before=STREAMS,
)
@example(stream=b'{\n:}{[\n\\][\\}{\\"{} {"]\\"\\[a"{"b":"x"}{}{}}}{\r\n}{', sizes=[5], limit=20, depth=2, before=b"")
@example(stream=b"{[\\][\\}", sizes=[], limit=1000, depth=2, before=b"")
@example(stream=b'{"a":{} {}}\n{"a":{} {}}\n', sizes=[], limit=1000, depth=64, before=b"")
@example(stream=b'{"a":{} {}}{"a":{} {}}{}', sizes=[], limit=1000, depth=64, before=b"")
@example(stream=b'{"a":{}\n{}}', sizes=[], limit=1000, depth=64, before=b"")
@example(stream=b'{"a":{}\n{}}{"a":{}\n{}}{}', sizes=[], limit=1000, depth=64, before=b"")
def test_any_bytes_give_the_same_in_any_pieces_and_on_both_paths(
    stream: bytes, sizes: list[int], limit: int, depth: int, before: bytes
):
    exact = fed(ObjectScanner(limit, depth), [stream])
    assert fed(ObjectScanner(limit, depth), [stream[n : n + 1] for n in range(len(stream))]) == exact
    assert fed(ObjectScanner(limit, depth), cut(stream, sizes)) == exact
    splitter = ObjectSplitter(limit, depth)
    fed(splitter, [before])  # it may have learned any outlines
    for _ in range(2):
        assert fed(splitter, [stream]) == exact
        assert fed(splitter, cut(stream, sizes)) == exact


@settings(max_examples=500, deadline=None)
@given(stream=STREAMS, limit=st.sampled_from([5, 1000]))
def test_each_piece_is_one_object_by_its_braces_and_nothing_is_given_twice(stream: bytes, limit: int):
    at = 0
    for piece in fed(ObjectSplitter(limit), [stream]):
        if isinstance(piece, bytes):
            assert piece[:1] + piece[-1:] == b"{}"
            assert len(piece) <= limit
            at = stream.index(piece, at) + len(piece)  # raises where order or bytes are not the stream's


@pytest.mark.parametrize("separator", [b"", b"\n", b",", b"\r\n", b" "])
@pytest.mark.parametrize(
    "message",
    [
        PUBLISHED,
        PUBLISHED.replace(b"Random", "Température [°C]".encode()),
        PUBLISHED.replace(b"live", b"\\u00e9t\\u00e9"),
    ],
)
def test_a_read_of_usual_messages_never_needs_the_slower_scanner(
    separator: bytes, message: bytes, monkeypatch: pytest.MonkeyPatch
):
    def scan(_self: ObjectScanner, data: bytes, _out: list[Piece]) -> None:
        assert not data.strip(SEPARATOR_BYTES), f"the scanner was given {data[:40]!r}"

    monkeypatch.setattr(ObjectScanner, "scan", scan)
    splitter = ObjectSplitter()
    stream = separator.join([message] * 20) + separator.rstrip(b", ")
    assert splitter.feed(stream) == [message] * 20
    assert splitter.feed(message) == [message]


@pytest.mark.parametrize(
    ("message", "separator"),
    [
        (b'{"id":"cpu","value":{"user":1,"sys":[2]}}', b""),
        (b'{"id":"map","value":{"data":[{"lat":1},{"lat":2}]}}', b""),
        (b'{"id":"map","value":{"data":[{"lat":1},{"lat":2}]}}', b"\n"),
    ],
)
def test_a_read_of_nested_messages_leaves_at_most_its_last_to_the_scanner(
    message: bytes, separator: bytes, monkeypatch: pytest.MonkeyPatch
):
    scanned: list[bytes] = []
    exact = ObjectScanner.scan

    def scan(self: ObjectScanner, data: bytes, out: list[Piece]) -> None:
        scanned.append(data)
        exact(self, data, out)

    monkeypatch.setattr(ObjectScanner, "scan", scan)
    assert ObjectSplitter().feed(separator.join([message] * 20)) == [message] * 20
    assert scanned == [message]


# -------------------------------------------------------------------------------------------- broken streams

GARBAGE = st.binary(min_size=1, max_size=50).map(lambda noise: b"x" + noise.replace(b"{", b"(").replace(b"\n", b"|"))


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(st.tuples(objects(), GARBAGE | st.just(b"")), min_size=1, max_size=8), last=objects(), sizes=CHUNKS
)
def test_garbage_between_messages_is_told_once_with_its_length_and_the_next_object_is_found(
    parts: list[tuple[bytes, bytes]], last: bytes, sizes: list[int]
):
    expected: list[bytes | tuple[int, bytes]] = []
    for message, garbage in parts:
        expected.append(message)
        if garbage:
            expected.append((len(garbage), garbage[:32]))
    stream = b"".join(message + garbage for message, garbage in parts) + last
    got = [
        (piece.length, piece.head) if isinstance(piece, Fault) else piece
        for piece in fed(ObjectSplitter(), cut(stream, sizes))
    ]
    assert got == [*expected, last]


@pytest.mark.parametrize("message", [PUBLISHED, b'{"id":"cpu","value":{"user":1}}'])
@pytest.mark.parametrize("garbage", [b"x", b"  x", b"123", b"true "])
def test_garbage_around_a_message_of_a_known_shape_is_seen(message: bytes, garbage: bytes):
    splitter = ObjectSplitter()
    for _ in range(3):
        for newline in (b"", b"\n"):
            assert splitter.feed(message + newline) == [message]
            before, found = splitter.feed(garbage + message + newline)
            assert isinstance(before, Fault)
            assert found == message
            assert splitter.feed(message + garbage + newline)[0] == message
            [behind] = splitter.close() or [None]
            assert newline or isinstance(behind, Fault)


def test_a_line_that_is_no_json_is_told_at_its_end_and_not_when_an_object_comes():
    splitter = ObjectSplitter()
    assert splitter.feed(b"hel") == []
    [fault] = splitter.feed(b"lo\n")
    assert isinstance(fault, Fault)
    assert (fault.code, fault.length, fault.head) == ("malformed", 5, b"hello")
    assert splitter.feed(b"is anybody there?\n") == [], "the same run of garbage was told twice"
    assert splitter.feed(PUBLISHED) == [PUBLISHED]


def test_a_request_of_http_is_told_once():
    request = b"GET / HTTP/1.1\r\nHost: board\r\nAccept: */*\r\n\r\n"
    assert [piece.code for piece in fed(ObjectSplitter(), [request]) if isinstance(piece, Fault)] == ["malformed"]


@st.composite
def flat_lines(draw: st.DrawFn) -> bytes:
    """A message on one line, as most are, with texts that hold no `{`: those are the scanner's own tests above."""
    text = TRICKY.map(lambda text: text.replace("{", "("))
    value = draw(
        st.dictionaries(text, st.integers() | st.booleans() | text | st.lists(st.integers(), max_size=3), max_size=4)
    )
    return json.dumps(value).encode()


@settings(max_examples=200, deadline=None)
@given(
    broken=flat_lines(), keep=st.floats(0, 1), following=st.lists(flat_lines(), min_size=2, max_size=4), sizes=CHUNKS
)
@example(broken=b'{"a": 1, "b": 2}', keep=0.5, following=[b"{}", b"{}"], sizes=[])
def test_after_a_broken_object_and_a_newline_the_next_line_is_found(
    broken: bytes, keep: float, following: list[bytes], sizes: list[int]
):
    half = broken[: max(1, int(keep * len(broken)) - 1)]
    out = fed(ObjectSplitter(), cut(half + b"\n" + b"\n".join(following), sizes))
    # Where a value could go on in the next line, that line is taken for it; the one after it is not.
    first = 1 if half.rstrip()[-1:] in {b",", b"[", b":"} else 0
    assert out[1:][-len(following) + first :] == following[first:]
    assert isinstance(out[0], Fault)


MESSAGES = [PUBLISHED.replace(b"80085", b"%d" % n) for n in range(4)]


@pytest.mark.parametrize("separator", [b"", b"\n", b" ", b"\r\n"])
def test_a_message_cut_short_anywhere_takes_at_most_the_next_one_with_it(separator: bytes):
    for at in range(1, len(MESSAGES[0])):
        out = fed(ObjectSplitter(), [MESSAGES[0][:at] + separator + separator.join(MESSAGES[1:])])
        assert out[-2:] == MESSAGES[2:], f"cut at {at}: {out}"
        assert sum(isinstance(piece, Fault) for piece in out) <= 2, f"cut at {at}: {out}"
        if separator.endswith(b"\n") and MESSAGES[0][:at].rstrip()[-1:] not in {b",", b"[", b":"}:
            assert out[-3:] == MESSAGES[1:], f"cut at {at}: {out}"


def test_a_missing_closing_brace_costs_only_its_own_message():
    for separator in (b"", b"\n", b" "):
        stream = separator.join([b'{"id":1,"value":{"x":1}', *MESSAGES])
        fault, *rest = fed(ObjectSplitter(), [stream])
        assert isinstance(fault, Fault)
        assert fault.code == "malformed"
        assert fault.head.startswith(b'{"id":1,"value":{"x":1}')
        assert rest == MESSAGES


def test_a_newline_inside_a_string_breaks_the_object_and_its_rest_is_dropped_silently():
    stream = b'{"text": "two\nlines", "nested": {"id": 1}, "list": [{"id": 2}]}\n' + PUBLISHED
    fault, *rest = fed(ObjectSplitter(), [stream])
    assert isinstance(fault, Fault)
    assert (fault.code, fault.length) == ("malformed", 13)
    assert rest == [PUBLISHED]


def test_an_object_over_the_limit_is_told_at_once_and_skipped_to_its_end():
    splitter = ObjectSplitter(limit=1000)
    assert splitter.feed(b'{"big":"' + b"x" * 992) == []
    [fault] = splitter.feed(b"x")
    assert isinstance(fault, Fault)
    assert (fault.code, fault.length, fault.head) == ("too_large", 1001, b'{"big":"' + b"x" * 24)
    assert splitter.feed(b'}{\\"id\\":1}' * 10_000) == [], "what stands in its string is no message"
    assert splitter.feed(b'"}' + PUBLISHED) == [PUBLISHED]


@pytest.mark.parametrize("separator", [b"", b"\n"])
def test_an_object_of_exactly_the_limit_is_given(separator: bytes):
    for limit, expected in ((len(PUBLISHED), [PUBLISHED] * 3), (len(PUBLISHED) - 1, ["too_large"] * 3)):
        got = fed(ObjectSplitter(limit=limit), [separator.join([PUBLISHED] * 3)])
        assert [piece.code if isinstance(piece, Fault) else piece for piece in got] == expected


@pytest.mark.parametrize("separator", [b"", b"\n"])
@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]"), (b'[{"a":', b"}]")])
def test_an_object_that_nests_too_deep_is_told_and_the_next_is_found(separator: bytes, opening: bytes, closing: bytes):
    levels = len(opening.replace(b'"a":', b""))
    for count, fits in ((63 // levels, True), (64 // levels + 1, False), (20_000, False)):
        deep = b'{"v":' + opening * count + b"1" + closing * count + b"}"
        out = fed(ObjectSplitter(limit=1 << 20, depth=64), [separator.join([PUBLISHED, deep, PUBLISHED])])
        assert out[0] == out[2] == PUBLISHED
        assert (out[1] == deep) if fits else (isinstance(out[1], Fault) and out[1].code == "too_deep"), (
            f"{count} levels"
        )


def test_brackets_in_strings_are_no_nesting():
    message = b'{"v":"' + b"[" * 500 + b'","w":"\\"' + b"{" * 500 + b'"}'
    assert fed(ObjectSplitter(depth=4), [message + message]) == [message, message]


def test_what_is_unfinished_at_the_end_is_told_and_the_splitter_begins_anew():
    splitter = ObjectSplitter()
    for end in (b'{"id":1', b'{"id":"x', b'{"id":"x\\', b'{"a":"}{"'):
        assert splitter.feed(PUBLISHED + end) == [PUBLISHED]
        [fault] = splitter.close()
        assert isinstance(fault, Fault)
        assert (fault.code, fault.length, fault.head) == ("malformed", len(end), end)
        assert splitter.close() == []


def test_a_fault_does_not_show_what_was_sent_where_it_is_logged():
    [fault] = fed(ObjectSplitter(), [b'x"api_crypt":"secret"'])
    assert "secret" in str(fault.head if isinstance(fault, Fault) else "")
    assert "secret" not in repr(fault)


def test_a_publisher_with_ever_new_shapes_is_read_right():
    messages = [b'{"v":[' + b"[]," * n + b"1]}" for n in range(300)]
    for first, second in pairwise([b"".join(messages), b"\n".join(messages), b"".join(messages)]):
        splitter = ObjectSplitter(depth=8)
        assert fed(splitter, [first]) == messages
        assert fed(splitter, [second]) == messages
        assert fed(splitter, messages) == messages

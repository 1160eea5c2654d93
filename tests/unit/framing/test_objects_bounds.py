"""Whatever a publisher sends costs memory up to the limit, and time in proportion to its bytes."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from windsock.shared.framing import Fault, ObjectSplitter

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1 << 20
PUBLISHED = b'{"id":80085,"value":[41.2],"name":"Random numbers"}'


def feed_all(splitter: ObjectSplitter, block: bytes, times: int) -> list[str]:
    """What `times` blocks give, as codes; pieces as "object"."""
    out: list[str] = []
    for _ in range(times):
        out += [piece.code if isinstance(piece, Fault) else "object" for piece in splitter.feed(block)]
    return out


@pytest.mark.parametrize(
    ("block", "told"),
    [
        pytest.param(b"x" * MIB, ["malformed"], id="no brace"),
        pytest.param(b"x\n" * (MIB // 2), ["malformed"], id="lines without a brace"),
        pytest.param(b'"' * MIB, ["malformed"], id="quotes"),
        pytest.param(b"\\" * MIB, ["malformed"], id="backslashes"),
        pytest.param(b"\n" * MIB, [], id="newlines"),
        pytest.param(b"[" * MIB, [], id="brackets"),
        pytest.param(bytes(MIB), [], id="zeros"),
        pytest.param(b"\xff" * MIB, ["malformed"], id="no UTF-8"),
    ],
)
def test_100_mb_without_a_brace_take_no_memory_and_are_told_once(block: bytes, told: list[str]):
    splitter = ObjectSplitter(limit=MIB)
    tracemalloc.start()
    try:
        assert feed_all(splitter, block, 100) == told
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * MIB, f"{peak / MIB:.1f} MiB for 100 MiB of garbage"
    assert splitter.feed(b"\n" + PUBLISHED + b"\n") == [PUBLISHED]


def test_garbage_in_small_pieces_is_not_kept():
    splitter = ObjectSplitter(limit=MIB)
    tracemalloc.start()
    try:
        assert feed_all(splitter, b"x" * 100, 5000) == []
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 10_000, f"{kept} bytes kept of half a megabyte of garbage"


@pytest.mark.parametrize(
    ("begin", "block"),
    [
        pytest.param(b'{"a":"', b"x" * MIB, id="a string without end"),
        pytest.param(b'{"a":"', b"\\\\" * (MIB // 2), id="escapes without end"),
        pytest.param(b'{"a":', b"9" * MIB, id="a number without end"),
        pytest.param(b'{"a":', b" " * MIB, id="spaces without end"),
        pytest.param(b'{"a":', b"[" * MIB, id="arrays without end"),
    ],
)
def test_an_object_without_end_is_told_at_the_limit_and_kept_no_longer(begin: bytes, block: bytes):
    splitter = ObjectSplitter(limit=MIB)
    assert splitter.feed(begin) == []
    tracemalloc.start()
    try:
        assert feed_all(splitter, block, 30) == ["too_large"]
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * MIB, f"{peak / MIB:.1f} MiB of an object whose limit is 1 MiB"
    assert kept < MIB / 8, f"{kept} bytes kept of an object that is being skipped"
    assert splitter.close() == [], "it was told already"
    assert splitter.feed(PUBLISHED) == [PUBLISHED]


@pytest.mark.parametrize("bomb", [b"{", b'{"a":', b'{"a":[', b'{"":{"":['])
def test_a_nesting_bomb_is_told_and_a_message_on_a_line_of_its_own_is_found_behind_it(bomb: bytes):
    splitter = ObjectSplitter(limit=MIB)
    told = feed_all(splitter, bomb * (MIB // 8 // len(bomb)), 10)
    assert told == ["too_large"]
    # Behind `"a":` and `[` an object may stand, so the bomb must first be no JSON any more.
    assert splitter.feed(b"\n1\n" + PUBLISHED + b"\n") == [PUBLISHED]
    assert splitter.feed(PUBLISHED) == [PUBLISHED]


def test_what_an_idle_publisher_is_remembered_by_stays_small():
    splitter = ObjectSplitter()
    tracemalloc.start()
    try:
        for n in range(3000):
            splitter.feed(b'{"v":[' + b"[]," * (n % 300) + b'1],"n":"' + b'","":"' * (n // 300) + b'"}')
            splitter.feed((b'{"v":[' + b"[]," * (n % 300) + b"1]}") * 20)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 400_000, f"{kept} bytes kept for outlines"


def cost_per_byte(feed: Callable[[int], None], size: int) -> float:
    """CPU time for a stream of this size, by its size; the best of three, for the machine may be busy."""
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        feed(size)
        best = min(best, time.process_time() - begin)
    return best / size


def in_pieces(stream: Callable[[int], bytes], piece: int) -> Callable[[int], None]:
    """Feeds a stream of the size asked for."""

    def feed(size: int) -> None:
        data = stream(size)
        splitter = ObjectSplitter(limit=1 << 30, depth=64)
        for at in range(0, len(data), piece):
            splitter.feed(data[at : at + piece])
        splitter.close()

    return feed


@pytest.mark.parametrize(
    ("unit", "piece"),
    [
        pytest.param(b"x", 1, id="a string, byte by byte"),
        pytest.param(b"\\n", 1, id="escapes, byte by byte"),
        pytest.param(b'","', 1, id="strings, byte by byte"),
        pytest.param(b'":{"":"', 7, id="braces"),
        pytest.param(b'","}{":"', 64, id="strings like boundaries"),
        pytest.param(b"} {", 7, id="boundaries in a string"),
        pytest.param(b'",[[[],[]],"', 1000, id="arrays"),
    ],
)
def test_time_is_linear_in_one_message_of_many_segments(unit: bytes, piece: int):
    feed = in_pieces(lambda size: b'{"a":"' + unit * (size // len(unit)) + b'"}', piece)
    small, large = 1 << 14, 1 << 17
    ratio = cost_per_byte(feed, large) / cost_per_byte(feed, small)
    assert ratio < 3, f"8 times the bytes cost {8 * ratio:.1f} times the time; quadratic would be 64"


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param(b'{"a":"x\n', id="broken at a newline"),
        pytest.param(b'{"a":{}', id="never closed"),
        pytest.param(b'{"a":"}{"x', id="broken in a string"),
        pytest.param(b"{}x", id="garbage between"),
        pytest.param(b"{", id="opening braces"),
        pytest.param(b"}", id="closing braces"),
        pytest.param(b'{"a":[[[[[]]]]]}', id="arrays"),
        pytest.param(b'{"a":{"b":{"c":{"d":1}}}}', id="objects"),
        pytest.param(b'{"a":"' + b"\\\\" * 99 + b'"}', id="escapes"),
    ],
)
@pytest.mark.parametrize("piece", [100, 1 << 13])
def test_time_is_linear_in_a_stream_of_anything(unit: bytes, piece: int):
    feed = in_pieces(lambda size: unit * (size // len(unit)), piece)
    ratio = cost_per_byte(feed, 1 << 18) / cost_per_byte(feed, 1 << 15)
    assert ratio < 3, f"8 times the bytes cost {8 * ratio:.1f} times the time; quadratic would be 64"


def test_time_is_linear_in_a_message_of_one_mib_byte_by_byte():
    data = b'{"image":"' + b"QUJD" * (MIB // 4) + b'"}'
    splitter = ObjectSplitter(limit=2 * MIB)
    marks: list[float] = []
    out: list[object] = []
    for quarter in range(0, len(data), MIB // 4):
        begin = time.process_time()
        for at in range(quarter, min(quarter + MIB // 4, len(data))):
            out += splitter.feed(data[at : at + 1])
        marks.append(time.process_time() - begin)
    assert out == [data]
    assert marks[3] < 3 * min(marks[:3]), f"the fourth quarter took {marks[3]:.2f} s, the ones before it {marks[:3]}"

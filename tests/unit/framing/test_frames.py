"""Frames come out as they were sent, and no length that a publisher claims puts the stream out of step."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.shared.framing import Fault, Frame, FrameSplitter

MIB = 1 << 20


def framed(payload: bytes) -> bytes:
    """As older publishers write it."""
    return struct.pack(">L", len(payload)) + payload


def fed(splitter: FrameSplitter, pieces: list[bytes]) -> list[Frame]:
    """All that comes out, the end of the stream included."""
    out: list[Frame] = []
    for piece in pieces:
        out += splitter.feed(piece)
    return out + splitter.close()


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """`data` in pieces of the given sizes, and then the rest."""
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


SIZES = st.lists(st.integers(0, 20), max_size=80)


@settings(max_examples=300, deadline=None)
@given(payloads=st.lists(st.binary(min_size=1, max_size=60), max_size=10), sizes=SIZES)
def test_any_frames_in_any_pieces_come_out_as_they_were(payloads: list[bytes], sizes: list[int]):
    assert fed(FrameSplitter(), cut(b"".join(map(framed, payloads)), sizes)) == payloads


@settings(max_examples=300, deadline=None)
@given(payloads=st.lists(st.binary(max_size=30), max_size=10), sizes=SIZES)
def test_frames_too_large_or_empty_are_told_and_the_stream_stays_in_step(payloads: list[bytes], sizes: list[int]):
    def expected(payload: bytes) -> object:
        if len(payload) > 20:
            return ("too_large", len(payload))
        return payload or ("malformed", 0)

    got = fed(FrameSplitter(limit=20), cut(b"".join(map(framed, payloads)), sizes))
    assert [(frame.code, frame.length) if isinstance(frame, Fault) else frame for frame in got] == list(
        map(expected, payloads)
    )


def test_a_frame_of_exactly_the_limit_is_given():
    assert fed(FrameSplitter(limit=100), [framed(b"x" * 100)]) == [b"x" * 100]


def test_a_large_frame_in_small_reads_is_not_copied_again_at_its_end():
    payload = bytes(range(256)) * (8 * MIB // 256)
    stream = framed(payload)
    splitter = FrameSplitter()
    pieces = [stream[at : at + 65536] for at in range(0, len(stream), 65536)]
    out: list[Frame] = []
    for piece in pieces[:-1]:
        out += splitter.feed(piece)
    tracemalloc.start()
    try:
        out += splitter.feed(pieces[-1])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert out == [payload]
    # tracemalloc sees a buffer that grows as a new one: its last growth may count, a second copy may not.
    assert peak < 1.3 * len(payload), f"{peak / MIB:.1f} MiB at the end of a frame of 8 MiB"


def test_a_length_is_no_memory():
    splitters = [FrameSplitter() for _ in range(100)]
    tracemalloc.start()
    try:
        for splitter in splitters:
            assert splitter.feed(struct.pack(">L", 32 * MIB) + b"x") == []
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < MIB, f"{kept} bytes kept for 100 claims of 32 MiB"


def test_what_is_skipped_is_not_kept_and_can_be_seen():
    splitter = FrameSplitter(limit=1000)
    [fault] = splitter.feed(struct.pack(">L", 3 * MIB))
    assert isinstance(fault, Fault)
    assert (fault.code, fault.length, splitter.skipping) == ("too_large", 3 * MIB, 3 * MIB)
    block = bytes(MIB)
    tracemalloc.start()
    try:
        assert [splitter.feed(block) for _ in range(3)] == [[], [], []]
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 10_000
    assert splitter.skipping == 0
    assert splitter.feed(framed(b"{}")) == [b"{}"]


def test_text_without_its_length_is_recognised():
    [fault] = FrameSplitter().feed(b'{"id":1,"value":2}\n')
    assert isinstance(fault, Fault)
    assert fault.code == "too_large"
    assert "looks like text" in fault.message


def test_a_length_in_the_other_byte_order_is_recognised():
    [fault] = FrameSplitter().feed(b"\x10\0\0\0" + b" " * 16)
    assert isinstance(fault, Fault)
    assert fault.code == "too_large"
    assert "big-endian" in fault.message


@pytest.mark.parametrize("end", [b"\0", b"\0\0\0", framed(b"12345")[:-1]])
def test_what_is_unfinished_at_the_end_is_told_and_the_splitter_begins_anew(end: bytes):
    splitter = FrameSplitter()
    assert splitter.feed(end) == []
    [fault] = splitter.close()
    assert isinstance(fault, Fault)
    assert fault.code == "malformed"
    assert splitter.close() == []
    assert splitter.feed(framed(b"{}")) == [b"{}"]


def test_a_frame_given_is_the_callers_own():
    splitter = FrameSplitter()
    [first] = splitter.feed(framed(b"abc")[:5]) + splitter.feed(b"bc")
    [second] = splitter.feed(framed(b"xyz")[:5]) + splitter.feed(b"yz")
    assert (first, second) == (b"abc", b"xyz")
    buffer = bytearray(framed(b"abc"))
    [third] = splitter.feed(memoryview(buffer))
    buffer[:] = bytes(len(buffer))
    assert third == b"abc"

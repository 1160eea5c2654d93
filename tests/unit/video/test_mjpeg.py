"""Motion JPEG: out of RTP packets (RFC 2435), and out of an HTTP body that never ends."""

from __future__ import annotations

import struct
from typing import Any, cast

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.video.http.multipart import MOST_PICTURE, Dechunker, MultipartReader, boundary_of
from windsock.video.jpeg import jpeg_size
from windsock.video.rtsp import CameraError
from windsock.video.rtsp.jpeg import JpegDepacketizer

WIDTH, HEIGHT = 64, 48


def make_jpeg(quality: int = 75, restart: int = 0) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 255, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    pixels = cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    fine, buffer = cv2.imencode(
        ".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_RST_INTERVAL, restart]
    )
    assert fine
    return buffer.tobytes()


def segments(jpeg: bytes) -> tuple[dict[int, list[bytes]], bytes]:
    """Its segments by marker, and its scan."""
    found: dict[int, list[bytes]] = {}
    at = 2
    while jpeg[at + 1] != 0xDA:
        size = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        found.setdefault(jpeg[at + 1], []).append(jpeg[at + 4 : at + 2 + size])
        at += 2 + size
    return found, jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big") :]


def payloads(jpeg: bytes, q: int, size: int = 400, *, tables: bool = False, restart: int = 0) -> list[bytes]:
    """As a camera sends it."""
    found, scan = segments(jpeg)
    made: list[bytes] = []
    for offset in range(0, len(scan), size):
        kind = 1 | (64 if restart else 0)
        head = b"\0" + offset.to_bytes(3, "big") + bytes((kind, q, WIDTH // 8, HEIGHT // 8))
        if restart:
            head += struct.pack("!HH", restart, 0xFFFF)
        if q >= 128 and offset == 0:
            both = b"".join(table[1:] for table in found[0xDB]) if tables else b""
            head += struct.pack("!BBH", 0, 0, len(both)) + both
        made.append(head + scan[offset : offset + size])
    return made


def same_picture(ours: bytes, theirs: bytes) -> bool:
    decoded = [cast("Any", cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)) for data in (ours, theirs)]
    return decoded[0] is not None and bool(np.array_equal(decoded[0], decoded[1]))


@pytest.mark.parametrize("quality", [5, 30, 50, 75, 99])
def test_a_picture_is_put_together_as_it_was_by_its_q_alone(quality: int) -> None:
    jpeg, target = make_jpeg(quality), JpegDepacketizer()
    for payload in payloads(jpeg, quality):
        target.add(payload)
    taken = target.take()
    assert taken is not None
    assert taken.key
    assert same_picture(taken[0], jpeg)
    assert jpeg_size(taken[0]) == (WIDTH, HEIGHT)


def test_a_camera_s_own_tables_are_kept_for_pictures_that_come_without() -> None:
    target, jpeg = JpegDepacketizer(), make_jpeg(63)
    for tables in (True, False):
        for payload in payloads(jpeg, 200, tables=tables):
            target.add(payload)
        taken = target.take()
        assert taken is not None
        assert same_picture(taken[0], jpeg)


def test_restart_markers_are_told_in_the_header() -> None:
    target, jpeg = JpegDepacketizer(), make_jpeg(75, restart=2)
    for payload in payloads(jpeg, 75, restart=2):
        target.add(payload)
    taken = target.take()
    assert taken is not None
    assert same_picture(taken[0], jpeg)


def test_a_picture_that_lacks_a_piece_or_its_tables_is_let_go() -> None:
    target, parts = JpegDepacketizer(), payloads(make_jpeg(), 75, 100)
    for payload in (*parts[:1], *parts[2:]):
        target.add(payload)
    assert target.take() is None
    for payload in payloads(make_jpeg(), 200, 100):
        target.add(payload)
    assert target.take() is None
    for payload in parts:
        target.add(payload)
    assert target.take() is not None, "the next one is whole"


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_packets_are_survived(packets: list[bytes]) -> None:
    target = JpegDepacketizer()
    try:
        for packet in packets:
            target.add(packet)
        target.take()
    except CameraError as error:
        assert error.code in {"unsupported", "malformed"}  # noqa: PT017  # only if one is raised at all


PICTURES = [b"\xff\xd8first\r\n--", b"\xff\xd8second", b"\xff\xd8third--cam\xff\xd9"]


def body(*, lengths: bool, end: bytes = b"\r\n") -> bytes:
    parts: list[bytes] = []
    for picture in PICTURES if lengths else PICTURES[1:2] * 3:
        length = b"Content-Length: %d" % len(picture) + end if lengths else b""
        parts.append(b"--cam" + end + b"Content-Type: image/jpeg" + end + length + end + picture + end)
    return b"".join([*parts, b"--cam", end])


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_pictures_come_out_of_a_body_in_pieces_of_any_size(size: int, lengths: bool, end: bytes) -> None:
    reader, whole = MultipartReader(b"cam"), body(lengths=lengths, end=end)
    found = [picture for at in range(0, len(whole), size) for picture in reader.feed(whole[at : at + size])]
    assert found == (PICTURES if lengths else PICTURES[1:2] * 3)


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=10))
def test_any_bytes_are_survived(pieces: list[bytes]) -> None:
    reader, chunks = MultipartReader(b"cam"), Dechunker()
    try:
        for piece in pieces:
            reader.feed(piece)
            chunks.feed(piece)
    except CameraError as error:
        assert error.code == "malformed"  # noqa: PT017  # only if one is raised at all


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=10), st.integers(1, 9))
def test_chunks_are_taken_off_in_pieces_of_any_size(chunks: list[bytes], size: int) -> None:
    whole = b"".join(b"%x;more=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    target = Dechunker()
    found = b"".join(target.feed(whole[at : at + size]) for at in range(0, len(whole), size))
    assert found == b"".join(chunks)
    assert target.ended


def test_a_picture_without_end_is_refused() -> None:
    with pytest.raises(CameraError, match="16 MiB"):
        MultipartReader(b"cam").feed(b"--cam\r\nContent-Length: 99999999\r\n\r\n")
    reader = MultipartReader(b"cam")
    reader.feed(b"--cam\r\n\r\n")
    reader.feed(bytes(MOST_PICTURE))
    with pytest.raises(CameraError, match="16 MiB"):
        reader.feed(bytes(1_000))
    with pytest.raises(CameraError, match="parts"):
        MultipartReader(b"cam").feed(b"x" * 20_000)


@pytest.mark.parametrize(
    ("said", "boundary"),
    [
        ("multipart/x-mixed-replace;boundary=cam", b"cam"),
        ('Multipart/x-mixed-replace; boundary="--cam"', b"cam"),
        ("multipart/x-mixed-replace; charset=x; Boundary=cam", b"cam"),
        ("image/jpeg", b""),
        ("text/html; boundary=x", b""),
    ],
)
def test_the_boundary_is_read_as_cameras_write_it(said: str, boundary: bytes) -> None:
    assert boundary_of(said) == boundary


def test_a_jpeg_without_its_tables_has_no_size_for_browsers() -> None:
    jpeg = make_jpeg()
    assert jpeg_size(jpeg) == (WIDTH, HEIGHT)
    assert jpeg_size(jpeg.replace(b"\xff\xc4", b"\xff\xee")) is None
    assert jpeg_size(b"") is None
    assert jpeg_size(jpeg[:40]) is None

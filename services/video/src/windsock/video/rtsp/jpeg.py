"""Motion JPEG over RTP (RFC 2435): the header that each picture lacks on its way is made again from eight bytes and, mostly, the camera's own tables."""

from __future__ import annotations

import struct
from typing import Final

from .fault import CameraError
from .unit import Taken

__all__ = ["JpegDepacketizer"]

MOST_BYTES: Final = 16 * 1024 * 1024
OWN_TABLES: Final = 128
"""From this Q on the camera sends its quantization tables."""
RESTARTS: Final = 64
"""Types from here on have restart markers."""

# The zigzag-ordered tables of Annex K, that Q scales (RFC 2435, appendix A).
_LUMA: Final = bytes((
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
))  # fmt: skip
_CHROMA: Final = bytes((17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, *[99] * 50))
_DC_LUMA: Final = bytes((0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)), bytes(range(12))
_DC_CHROMA: Final = bytes((0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0)), bytes(range(12))
_AC_LUMA: Final = (
    bytes((0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D)),
    bytes.fromhex(
        "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a"
        "535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7"
        "c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    ),
)
_AC_CHROMA: Final = (
    bytes((0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77)),
    bytes.fromhex(
        "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a43444546474849"
        "4a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5"
        "c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
    ),
)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0xFF, marker, len(body) + 2) + body


def _huffman() -> bytes:
    tables = ((0x00, _DC_LUMA), (0x10, _AC_LUMA), (0x01, _DC_CHROMA), (0x11, _AC_CHROMA))
    return b"".join(_segment(0xC4, bytes((name,)) + lengths + symbols) for name, (lengths, symbols) in tables)


_HUFFMAN: Final = _huffman()


def scaled_tables(q: int) -> bytes:
    """Both quantization tables for a Q from 1 to 99."""
    factor = 5000 // q if q < 50 else 200 - 2 * q
    return bytes(min(max((value * factor + 50) // 100, 1), 255) for value in _LUMA + _CHROMA)


def make_header(kind: int, width: int, height: int, tables: bytes, restart: int) -> bytes:
    """All of a JPEG before its scan."""
    sets = [tables[:64], tables[64:128] or tables[:64]]
    parts = [b"\xff\xd8", *(_segment(0xDB, bytes((number,)) + table) for number, table in enumerate(sets))]
    if restart:
        parts.append(_segment(0xDD, restart.to_bytes(2, "big")))
    sampling = 0x22 if kind & 1 else 0x21
    parts += [
        _segment(0xC0, struct.pack("!BHHB", 8, height, width, 3) + bytes((1, sampling, 0, 2, 0x11, 1, 3, 0x11, 1))),
        _HUFFMAN,
        _segment(0xDA, bytes((3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0))),
    ]
    return b"".join(parts)


class JpegDepacketizer:
    """A picture's scan in pieces, each with its place."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._broken = False
        self._header = b""
        self._tables: dict[int, bytes] = {}
        """Tables that a camera sends only now and then, by Q."""

    def add(self, payload: bytes) -> None:
        if len(payload) < 8:
            return
        at, offset = 8, int.from_bytes(payload[1:4], "big")
        kind, q, width, height = payload[4], payload[5], payload[6] * 8, payload[7] * 8
        restart = 0
        if kind >= RESTARTS:
            restart, at = int.from_bytes(payload[8:10], "big"), at + 4
        if q >= OWN_TABLES and offset == 0:
            length = int.from_bytes(payload[at + 2 : at + 4], "big")
            if payload[at + 1 : at + 2] not in {b"\0", b""}:
                raise CameraError("unsupported", "the camera sends JPEG with 16-bit tables", lasting=True)
            if length:
                self._tables[q] = payload[at + 4 : at + 4 + length]
            at += 4 + length
        if kind % RESTARTS > 1 or not width or not height or not q:
            raise CameraError("unsupported", "the camera sends a kind of JPEG that is not read here", lasting=True)
        if offset == 0:
            tables = self._tables.get(q, b"") if q >= OWN_TABLES else scaled_tables(min(q, 99))
            self._parts, self._size, self._broken = [], 0, len(tables) not in {64, 128}
            self._header = b"" if self._broken else make_header(kind, width, height, tables, restart)
        if offset != self._size:
            self._broken = True
        self._size += len(payload) - at
        if self._size > MOST_BYTES:
            raise CameraError("malformed", "the camera sends pictures of more than 16 MiB")
        self._parts.append(payload[at:])

    def take(self) -> Taken | None:
        parts, self._parts = self._parts, []
        header, self._header, self._size = self._header, b"", 0
        if self._broken or not header or not parts:
            return None
        return Taken(b"".join((header, *parts, b"" if parts[-1].endswith(b"\xff\xd9") else b"\xff\xd9")), key=True)

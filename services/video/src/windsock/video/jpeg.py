"""What a JPEG says of itself before its picture begins."""

from __future__ import annotations

from typing import Final

__all__ = ["jpeg_size"]

START_OF_SCAN: Final = 0xDA
FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended, progressive: what browsers read."""
TABLES: Final = 0xC4


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG that a browser can read as it is; None if it is none, or lacks its Huffman tables, as some cameras' pictures do."""
    at, size, tables = 2, None, False
    if data[:2] != b"\xff\xd8":
        return None
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:
            at += 1  # markers may be padded
            continue
        if marker == START_OF_SCAN:
            return size if tables else None
        if marker in FRAMES and at + 9 <= len(data):
            size = int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        tables = tables or marker == TABLES
        at += 2 + length
    return None

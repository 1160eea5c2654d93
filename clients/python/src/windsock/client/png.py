"""Pixels to PNG with nothing but zlib: enough for a camera's picture now and then, or a generated one."""

from __future__ import annotations

import struct
import zlib
from typing import Final

__all__ = ["encode_png"]

_COLOUR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}
"""Bytes a pixel to PNG's number for grey, grey and alpha, RGB, RGBA."""


def encode_png(width: int, height: int, pixels: bytes | bytearray | memoryview, *, level: int = 1) -> bytes:
    """A PNG of 8-bit samples, rows from the top, without gaps. How many channels follows from the length.

    Args:
        width: pixels a row.
        height: rows.
        pixels: `width * height` times 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) bytes.
        level: zlib's; 1 costs a fifth of 6 and makes pictures a quarter larger.

    Raises:
        ValueError: the sizes don't fit.
    """
    channels, rest = divmod(len(pixels), width * height) if width > 0 and height > 0 else (0, 1)
    if rest or channels not in _COLOUR_TYPES:
        raise ValueError(f"{len(pixels)} bytes are no {width} x {height} picture")
    stride = width * channels
    view = memoryview(pixels)
    # Each row begins with its filter; 0 is none. For photos others save space, at a price paid in Python.
    raw = b"".join(b"\0" + view[start : start + stride] for start in range(0, stride * height, stride))
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    return b"".join((
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", header),
        _chunk(b"IDAT", zlib.compress(raw, level)),
        _chunk(b"IEND", b""),
    ))  # fmt: skip


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

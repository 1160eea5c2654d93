"""A moving picture that costs nearly nothing: the field of colours is computed and compressed once, and only its palette turns from frame to frame."""

from __future__ import annotations

import base64
import colorsys
import math
import struct
import zlib
from typing import Final

__all__ = ["Plasma"]

WIDTH, HEIGHT = 160, 90
COLOURS: Final = 256


class Plasma:
    """Frames of a plasma, as data URLs."""

    def __init__(self) -> None:
        header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)  # 8 bits a pixel, from a palette
        self._head = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
        self._tail = _chunk(b"IDAT", zlib.compress(_field(), 9)) + _chunk(b"IEND", b"")
        self._palette = b"".join(_colour(step / COLOURS) for step in range(COLOURS))
        self._turn = 0

    def png(self) -> bytes:
        """The next frame."""
        self._turn = (self._turn + 5) % COLOURS
        start = self._turn * 3
        return self._head + _chunk(b"PLTE", self._palette[start:] + self._palette[:start]) + self._tail

    def __call__(self) -> str:
        """The next frame as a data URL."""
        return "data:image/png;base64," + base64.b64encode(self.png()).decode("ascii")


def _field() -> bytes:
    """A palette's place for each pixel, rows with the filter byte before them."""
    rows: list[bytes] = []
    for y in range(HEIGHT):
        row = bytearray([0])
        for x in range(WIDTH):
            level = (
                math.sin(x / 16)
                + math.sin(y / 11)
                + math.sin((x + y) / 21)
                + math.sin(math.hypot(x - WIDTH / 2, (y - HEIGHT / 2) * 1.4) / 9)
            )
            row.append(int((level + 4) / 8 * (COLOURS - 1)))
        rows.append(bytes(row))
    return b"".join(rows)


def _colour(part: float) -> bytes:
    """From deep blue over turquoise and sand to coral, and back without a seam."""
    wave = 0.5 - 0.5 * math.cos(2 * math.pi * part)
    hue = 0.62 - 0.58 * wave
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, 0.78 - 0.25 * math.sin(math.pi * wave), 0.35 + 0.62 * wave**0.7)
    return bytes((int(red * 255), int(green * 255), int(blue * 255)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

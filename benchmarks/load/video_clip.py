"""Two seconds of camera picture with as many bytes as a real camera sends, encoded once, so that the camera costs nothing while it is measured.

Picture n carries n as a barcode. The camera sends picture n at the moments that are n thirtieths of a second into a span of two, so that whoever reads the
barcode knows when it was sent.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

__all__ = ["BITS", "FPS", "PICTURES", "age_of", "make_clip"]

FPS: Final = 30
PICTURES: Final = 60
BITS: Final = 8
SPAN_MS: Final = PICTURES * 1000 // FPS


def make_clip(path: Path, width: int, height: int, kbps: int) -> None:
    """Write the access units, each behind its length in 4 bytes."""
    random = np.random.default_rng(7)
    coarse = random.integers(40, 200, (height // 8 + 16, width // 8 + PICTURES), np.uint8)
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base, encoder.gop_size = FPS, Fraction(1, FPS), FPS
    encoder.bit_rate = kbps * 1000
    rate = f"keyint={FPS}:scenecut=0:nal-hrd=cbr:vbv-maxrate={kbps}:vbv-bufsize={kbps}"
    encoder.options = {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline", "x264-params": rate}
    with path.open("wb") as out:
        for number in range(PICTURES):
            luma = np.kron(coarse[: height // 8 + 1, number : number + width // 8 + 1], np.ones((8, 8), np.uint8))[
                :height, :width
            ]
            luma = np.clip(luma + random.integers(-12, 12, (height, width), np.int16), 16, 235).astype(np.uint8)
            for bit in range(BITS):
                block = width // BITS
                luma[:64, bit * block : (bit + 1) * block] = 235 if number >> (BITS - 1 - bit) & 1 else 16
            planes = np.vstack([luma, np.full((height // 2, width), 128, np.uint8)])
            frame: Any = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = number
            for packet in encoder.encode(frame):
                data = bytes(packet)
                out.write(len(data).to_bytes(4, "big") + data)


def age_of(pixels: Any, at: int) -> int:
    """How old a picture is at a moment, in ms; less than a span."""
    width = int(pixels.shape[1])
    number = 0
    for bit in range(BITS):
        number = number << 1 | int(pixels[int(pixels.shape[0]) // 60, int((bit + 0.5) * width / BITS)] > 128)
    return (at - number * 1000 // FPS) % SPAN_MS

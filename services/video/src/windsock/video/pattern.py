"""`test://` feeds: a moving pattern with a clock, for demos and for trying a board without a camera."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Final, cast

import cv2
import numpy as np

__all__ = ["draw_pattern"]

WIDTH: Final = 640
HEIGHT: Final = 360
NIGHT: Final = (38, 24, 18)
CLOTH: Final = (60, 110, 245)
LIGHT: Final = (245, 240, 235)


def draw_pattern(name: str, now: float) -> Any:
    """The picture of a moment: a windsock in the wind, the feed's name and the time to the hundredth."""
    sky = np.linspace(0.0, 1.0, HEIGHT, dtype=np.float32)[:, None, None]
    low, high = np.array((110, 78, 52), np.float32), np.array(NIGHT, np.float32)
    pixels = cast(
        "Any", np.ascontiguousarray(np.broadcast_to(high + (low - high) * sky, (HEIGHT, WIDTH, 3)).astype(np.uint8))
    )
    _windsock(pixels, now)
    clock = datetime.fromtimestamp(now).strftime("%H:%M:%S.") + f"{int(now % 1 * 100):02d}"  # noqa: DTZ006  # a person compares it with their own
    cv2.putText(pixels, clock, (24, HEIGHT - 28), cv2.FONT_HERSHEY_DUPLEX, 1.1, LIGHT, 2, cv2.LINE_AA)
    shown = "".join(char if " " <= char <= "~" else "?" for char in name[:32])
    cv2.putText(pixels, shown, (24, 44), cv2.FONT_HERSHEY_SIMPLEX, 0.8, LIGHT, 1, cv2.LINE_AA)
    return pixels


def _windsock(pixels: Any, now: float) -> None:
    cv2.line(pixels, (200, 80), (200, HEIGHT - 70), (190, 190, 190), 5, cv2.LINE_AA)
    wind = 0.75 + 0.25 * math.sin(now * 0.7)
    segments, length = 5, 56
    x, y = 204.0, 100.0
    for part in range(segments):
        angle = (1 - wind) * 0.9 + 0.22 * math.sin(now * 3.1 - part * 0.9)
        further = x + length * math.cos(angle), y + length * math.sin(angle)
        begin, end = 34 - part * 4.5, 34 - (part + 1) * 4.5
        corners = np.array(
            ((x, y - begin), (further[0], further[1] - end), (further[0], further[1] + end), (x, y + begin))
        )
        cv2.fillPoly(pixels, [corners.astype(np.int32)], CLOTH if part % 2 == 0 else LIGHT, cv2.LINE_AA)
        x, y = further

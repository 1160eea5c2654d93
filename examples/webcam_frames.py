"""JPEG pictures of a webcam, of a video file (the first argument), or of a test pattern where there is neither; for the two webcam examples.

`WEBCAM=off` leaves the webcam alone. Needs OpenCV: pip install opencv-python-headless.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

WIDTH, HEIGHT = 480, 270
vision: Any = cv2  # its types are too many to be of help here


def frames(a_second: float = 8) -> Iterator[bytes]:
    """Encoded pictures, at the pace of a camera."""
    file = sys.argv[1] if len(sys.argv) > 1 else None
    webcam = os.environ.get("WEBCAM") != "off" and Path("/dev/video0").exists()
    source: Any = vision.VideoCapture(file) if file else vision.VideoCapture(0) if webcam else None
    while True:
        picture: Any = source.read()[1] if source is not None else None
        if picture is None:
            if source is not None and file and source.get(vision.CAP_PROP_POS_FRAMES):
                source.set(vision.CAP_PROP_POS_FRAMES, 0)  # the file begins anew
                continue
            picture = pattern()
        yield vision.imencode(".jpg", vision.resize(picture, (WIDTH, HEIGHT)))[1].tobytes()
        time.sleep(1 / a_second)


def pattern() -> Any:
    """Colour bars and the time, so that one sees that it lives."""
    picture: Any = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for bar, colour in enumerate(
        [(200, 200, 200), (0, 200, 200), (200, 200, 0), (0, 200, 0), (200, 0, 200), (0, 0, 200)]
    ):
        picture[:, bar * WIDTH // 6 : (bar + 1) * WIDTH // 6] = colour
    text = time.strftime("%X") + f".{time.time() % 1 * 10:.0f}"
    cv2.putText(picture, text, (110, 150), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20, 20, 20), 3)
    return picture

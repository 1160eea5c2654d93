"""How one would do it without Windsock: a thread a feed with OpenCV or PyAV. Prints a line when all feeds have begun; runs until killed.

Arguments: `opencv` or `pyav`, then the cameras' URLs. `opencv` decodes each picture and encodes ten JPEGs a second; `pyav` only takes packets apart.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

import av
import cv2
from av.error import FFmpegError

JPEG_SECONDS = 0.1
OPEN_SECONDS = 5.0


def run_opencv(url: str, begun: threading.Event) -> None:
    """Decode, and encode what is due."""
    capture: Any = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
    due = 0.0
    while True:
        fine, pixels = capture.read()
        if not fine:
            raise SystemExit("no picture")
        begun.set()
        now = time.monotonic()
        if now >= due:
            due = now + JPEG_SECONDS - 0.017
            cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])


def run_pyav(url: str, begun: threading.Event) -> None:
    """Take packets apart."""
    while True:
        try:
            with av.open(url, options={"rtsp_transport": "tcp"}, timeout=(OPEN_SECONDS, OPEN_SECONDS)) as container:
                for packet in container.demux(video=0):
                    bytes(packet)
                    begun.set()
        except FFmpegError:
            # A camera that somebody else has just left may give nothing to who comes at that moment. Once it runs, nothing may stop it.
            if begun.is_set():
                raise


def main() -> None:
    """A thread a feed."""

    def fail(failed: threading.ExceptHookArgs) -> None:
        threading.__excepthook__(failed)
        os._exit(1)

    threading.excepthook = fail
    cv2.setNumThreads(1)
    run = {"opencv": run_opencv, "pyav": run_pyav}[sys.argv[1]]
    all_begun: list[threading.Event] = []
    for url in sys.argv[2:]:
        begun = threading.Event()
        all_begun.append(begun)
        threading.Thread(target=run, args=(url, begun), daemon=True).start()
    for begun in all_begun:
        begun.wait()
    print(json.dumps({"ready": True}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

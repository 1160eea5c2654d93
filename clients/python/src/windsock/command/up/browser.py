"""Opens the board, where there is somebody to look at it."""

from __future__ import annotations

import os
import subprocess
import sys


def has_display() -> bool:
    """Whether a browser window could appear: elsewhere `webbrowser` would start a text browser in our terminal."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def open_board(url: str) -> None:
    """Open `url` without waiting, and without a word from the browser among our lines. It is the user's, and outlives us."""
    subprocess.Popen(  # noqa: S603 - our own interpreter, our own address
        [sys.executable, "-P", "-m", "webbrowser", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

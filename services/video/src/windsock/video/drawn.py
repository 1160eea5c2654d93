"""Feeds whose pictures are made or read here, and not asked of a camera over a network: the pattern, this machine's own cameras, its files.

Each is a `Source`: asked for its picture of this moment, on a thread of the pool, as often as one is shown.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import av
import cv2
from av.error import FFmpegError

from .pattern import draw_pattern
from .rtsp import CameraError

if TYPE_CHECKING:
    from windsock.shared.feeds import FeedUrl
    from windsock.shared.settings import Settings

__all__ = ["Source", "open_source"]

VIDEO_SUFFIXES: Final = frozenset(
    [".avi", ".h264", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4", ".mpg", ".ts", ".webm"]
)
"""No playlists among them: a file of those could name any other."""
PICTURE_SUFFIXES: Final = frozenset([".bmp", ".jpeg", ".jpg", ".png", ".webp"])
PICTURES_PER_SECOND: Final = 10
FIRST_SECONDS: Final = 5.0


class Source(Protocol):
    """See the module."""

    def draw(self) -> Any:
        """The picture of this moment, blue-green-red.

        Raises:
            CameraError: there is none.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


def open_source(url: FeedUrl, settings: Settings) -> Source:
    """What draws a feed. On a thread of the pool: files and devices may take their time.

    Raises:
        CameraError: it can't be opened.
    """
    if url.scheme == "webcam":
        return Webcam(int(url.host))
    if url.scheme == "file" and settings.video_folder is not None:
        return Files(settings.video_folder, url.path)
    return Pattern(f"{url.host}{url.path}")


class Pattern:
    """`test://`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def draw(self) -> Any:
        return draw_pattern(self._name, time.time())

    def close(self) -> None:
        pass


class Webcam:
    """A camera of this machine, by OpenCV's number. A thread of its own takes every picture, so that the one that is drawn is the newest."""

    def __init__(self, number: int) -> None:
        self._capture: Any = cv2.VideoCapture(number, cv2.CAP_ANY)
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraError("unreachable", f"this machine has no camera {number}, or another program uses it")
        self._number = number
        self._newest: Any = None
        self._there = threading.Event()
        self._ended = False
        threading.Thread(target=self._run, name=f"webcam {number}", daemon=True).start()

    def _run(self) -> None:
        while not self._ended:
            fine, pixels = self._capture.read()
            if not fine:
                break
            self._newest = pixels
            self._there.set()
        self._ended = True
        self._there.set()
        self._capture.release()

    def draw(self) -> Any:
        if not self._there.wait(FIRST_SECONDS):
            raise CameraError("timeout", f"camera {self._number} of this machine gives no picture")
        if self._ended:
            raise CameraError("closed", f"camera {self._number} of this machine was taken away")
        return self._newest

    def close(self) -> None:
        self._ended = True


class Files:
    """A video file, or pictures numbered as `%04d.jpg`, played by the clock and again from the start."""

    def __init__(self, folder: Path, name: str) -> None:
        place = folder.resolve()
        path = (place / name).parent.resolve() / Path(name).name
        pictures = "%" in path.name
        suffixes = PICTURE_SUFFIXES if pictures else VIDEO_SUFFIXES | PICTURE_SUFFIXES
        # A link inside the folder must not lead out of it.
        inside = path if pictures else path.resolve()
        if not inside.is_relative_to(place) or path.suffix.lower() not in suffixes:
            raise CameraError(
                "forbidden", "only videos and pictures below WINDSOCK_VIDEO_FOLDER are opened", lasting=True
            )
        self._path, self._pictures = str(path), pictures
        self._container: Any = None
        self._frames: Any = None
        self._began = 0.0
        self._shown: Any = None
        self._next: Any = None
        self._lock = threading.Lock()
        """The loop may close what a thread of the pool reads at that moment."""
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._drop()
        options = {"protocol_whitelist": "file"}
        try:
            if self._pictures:
                self._container = av.open(
                    self._path, format="image2", options=options | {"framerate": str(PICTURES_PER_SECOND)}
                )
            else:
                self._container = av.open(self._path, options=options)
            self._frames = self._container.decode(video=0)
        except (FFmpegError, OSError, IndexError):
            self._drop()
            # Not libav's own words: they hold the whole path.
            raise CameraError("not_found", "there is no such video file") from None
        self._began = time.monotonic()
        self._shown, self._next = None, self._read()
        if self._next is None:
            self._drop()
            raise CameraError("malformed", "the file has no picture that can be read")

    def _read(self) -> Any:
        try:
            return next(self._frames, None)
        except FFmpegError:
            return None  # a file that is cut off ends there

    def draw(self) -> Any:
        with self._lock:
            if self._closed:
                raise CameraError("closed", "closed from here")
            return self._now().to_ndarray(format="bgr24")

    def _now(self) -> Any:
        """The newest whose time has come."""
        passed = time.monotonic() - self._began
        while self._next is not None and (self._shown is None or self._time(self._next) <= passed):
            self._shown, self._next = self._next, self._read()
        last = self._time(self._shown)
        if self._next is None and 0 < last < passed - 1 / PICTURES_PER_SECOND:
            self._begin()
            return self._now()
        return self._shown

    @staticmethod
    def _time(frame: Any) -> float:
        return cast("float", frame.time or 0.0)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop()

    def _drop(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None

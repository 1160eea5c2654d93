"""Access units in, JPEG pictures out, and never late: what can't be decoded in time is skipped to the next key picture, only what will be shown is encoded.

Decoding happens on a pool of few threads (libav and OpenCV let go of the interpreter), one job a feed at a time. A job takes all that came since the last one,
so a feed costs one hand-over a picture shown and not one a picture received. A camera's own JPEGs go on as they are where they fit.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import av
import cv2
from av.error import FFmpegError

from .jpeg import jpeg_size
from .metrics import SKIPPED
from .options import SMALL_BYTES, SMALL_HEIGHT, SMALL_QUALITY, SMALLEST_HEIGHT

if TYPE_CHECKING:
    import numpy as np
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

    from windsock.shared.feeds import Kind

    from .options import Options
    from .rtsp import AccessUnit, Format

__all__ = ["Order", "Painter", "Picture", "paint"]

log = logging.getLogger(__name__)

LATE_SECONDS: Final = 1.0
"""A picture that waits longer than this to be decoded is not decoded any more."""
CODECS: Final[dict[Format, str]] = {"h264": "h264", "hevc": "hevc", "mpeg4": "mpeg4", "mjpeg": "mjpeg"}
MOST_PIXELS: Final = 8192 * 4320
"""Of a decoded picture. What a camera says of its size is obeyed by the decoder, in memory."""
JPEG_RANGE: Final = 2
"""libav's number for colours from 0 to 255."""
WIDEST: Final = 6
"""Times its height: what cameras with several lenses have. A JPEG may claim to be 65,535 wide, and every browser would believe it."""
MOST_OWN_BYTES: Final = 512 * 1024
"""Of a camera's own JPEG: larger ones are made anew."""


@dataclass(slots=True)
class Picture:
    """A JPEG, and when what it shows arrived."""

    kind: Kind
    data: bytes
    width: int
    height: int
    arrived: float
    pts: int
    lines: int
    """Of the camera's own picture."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made at a moment."""

    options: Options
    kinds: frozenset[Kind]
    """`jpeg`, `small`, or both."""


class Painter:
    """See the module. `done` is called on the loop with each picture, `took` with how long a job took from the moment it was due."""

    def __init__(
        self,
        pool: Executor,
        media: Format,
        order: Callable[[], Order],
        done: Callable[[Picture], None],
        took: Callable[[float], None],
    ) -> None:
        self._pool = pool
        self._media = media
        self._order = order
        self._done = done
        self._took = took
        self._loop = asyncio.get_running_loop()
        self.held = 0
        """Pictures that came when one was due, and there was no time for it."""
        self._waiting: deque[AccessUnit] = deque()
        self._busy = False
        self._closed = False
        self._need_key = True
        self._first: AccessUnit | None = None
        """What came before this one was left out."""
        self._overrun = False
        """Whether a key picture is needed since there was no time for what came before it."""
        self._due = 0.0
        self._decoder = cast("VideoCodecContext", av.CodecContext.create(CODECS[media], "r"))
        # More threads would hold a picture back each.
        self._decoder.thread_count = 1
        self._decoder.options = {"max_pixels": str(MOST_PIXELS)}

    def rest(self) -> None:
        """Pictures will be left out: the next one that counts is a key picture."""
        self._need_key, self._overrun = True, False
        self._waiting.clear()

    def add(self, unit: AccessUnit) -> None:
        """Take the next access unit."""
        if self._need_key and not unit.opens:
            self.held += self._overrun
            return
        if self._need_key:
            self._first = unit
        self._need_key = self._overrun = False
        if self._media == "mjpeg":
            self._waiting.clear()  # each is a picture of its own: only the newest counts
        self._waiting.append(unit)
        oldest = self._waiting[0]
        if unit.arrived - oldest.arrived > LATE_SECONDS:
            self._skip()
        if unit.arrived < self._due:
            return
        if self._busy:
            self.held += 1
        elif self._waiting:
            self._start()

    def _skip(self) -> None:
        """Begin again with the newest key picture that waits, or with the next one that comes."""
        kept: deque[AccessUnit] = deque()
        while self._waiting:
            unit = self._waiting.pop()
            kept.appendleft(unit)
            if unit.opens:
                self._first = unit
                break
        else:
            SKIPPED.labels("decoder").inc(len(kept))
            self._need_key = self._overrun = True
            return
        SKIPPED.labels("decoder").inc(len(self._waiting))
        self._waiting = kept

    def _start(self) -> None:
        units = list(self._waiting)
        self._waiting.clear()
        order = self._order()
        step = 1.0 / order.options.fps
        newest = units[-1].arrived
        # Half a camera's frame early counts as due: else 10 of 30 a second would become 7.5.
        self._due = max(self._due + step, newest + step / 2)
        own = self._own(units[-1], order)
        if own is not None:
            self._done(own)
            return
        self._busy = True
        self._pool.submit(self._work, units, order, time.monotonic())

    def _own(self, unit: AccessUnit, order: Order) -> Picture | None:
        """The camera's own JPEG, if it is as it should be."""
        if self._media != "mjpeg" or "small" in order.kinds or len(unit.data) > MOST_OWN_BYTES:
            return None
        size = jpeg_size(unit.data)
        if size is None or size[1] > order.options.height or size[0] > WIDEST * order.options.height:
            return None
        return Picture("jpeg", unit.data, *size, unit.arrived, unit.pts, size[1])

    def _work(self, units: list[AccessUnit], order: Order, since: float) -> None:
        """On a thread of the pool."""
        pictures: list[Picture] = []
        try:
            pixels = self._decode(units)
            if pixels is not None:
                pictures = paint(pixels, order, units[-1].arrived, units[-1].pts)
        except (FFmpegError, cv2.error, ValueError) as error:
            log.debug("a picture could not be decoded: %s", type(error).__name__)
        finally:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._worked, pictures, time.monotonic() - since)

    def _decode(self, units: list[AccessUnit]) -> Any:
        newest: VideoFrame | None = None
        for unit in units:
            if unit.entry and (unit.gap or unit is self._first):
                # Else it would take what it had before for what is missing, and give the smear that comes of it.
                self._decoder.flush_buffers()
            try:
                for frame in self._decoder.decode(av.Packet(unit.data)):  # pyright: ignore[reportUnknownMemberType]  # its stub's Packet is generic
                    newest = frame
            except FFmpegError:
                continue  # a broken picture: the decoder goes on with the next
        return None if newest is None else _pixels(newest)

    def _worked(self, pictures: list[Picture], took: float) -> None:
        self._busy = False
        self._took(took)
        if self._closed:
            return
        for picture in pictures:
            self._done(picture)
        if self._waiting:
            if time.monotonic() - self._waiting[0].arrived > LATE_SECONDS:
                self._skip()
            if self._waiting and self._waiting[-1].arrived >= self._due:
                self._start()

    def close(self) -> None:
        """Take no more; what is under way is let go."""
        self._closed = True
        self._waiting.clear()


def _pixels(frame: VideoFrame) -> Any:
    if (
        frame.format.name == "yuv420p"
        and frame.color_range != JPEG_RANGE
        and frame.width % 2 == 0
        and frame.height % 2 == 0
    ):
        # OpenCV's conversion takes a third of libav's time.
        return cv2.cvtColor(frame.to_ndarray(), cv2.COLOR_YUV2BGR_I420)
    return frame.to_ndarray(format="bgr24")


def paint(pixels: np.ndarray[Any, Any], order: Order, arrived: float, pts: int) -> list[Picture]:
    """The pictures that are asked for."""
    made: list[Picture] = []
    lines = int(pixels.shape[0])
    if "jpeg" in order.kinds:
        made.append(Picture("jpeg", *_encode(pixels, order.options.height, order.options.quality), arrived, pts, lines))
    if "small" in order.kinds:
        made.append(Picture("small", *_encode_small(pixels, order.options), arrived, pts, lines))
    return made


def _encode_small(pixels: np.ndarray[Any, Any], options: Options) -> tuple[bytes, int, int]:
    """A JPEG that a slow line carries: of few lines, and of fewer if that has too many bytes."""
    height, quality = min(SMALL_HEIGHT, options.height), min(SMALL_QUALITY, options.quality)
    while True:
        made = _encode(pixels, height, quality)
        share = SMALL_BYTES / len(made[0])
        if share >= 1 or height <= SMALLEST_HEIGHT:
            return made
        # Bytes go with the area, and a little more is taken off, so that once or twice is enough.
        height = max(SMALLEST_HEIGHT, int(height * min(0.9, 0.95 * share**0.5)) // 2 * 2)


def _encode(pixels: np.ndarray[Any, Any], most: int, quality: int) -> tuple[bytes, int, int]:
    """A JPEG no higher than that, its width and its height."""
    height, width = int(pixels.shape[0]), int(pixels.shape[1])
    if height > most:
        width = max(2, round(width * most / height / 2) * 2)
        height = most
        pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    fine, buffer = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not fine:
        raise ValueError("the picture could not be encoded")
    return buffer.tobytes(), width, height

"""An endless `multipart/x-mixed-replace` body to pictures. Pure: bytes in pieces of any size go in, JPEGs come out.

Cameras agree on little: a boundary with dashes or without, lengths or none, line ends of either kind. A part with a length is cut by it; one without ends at
the next boundary.
"""

from __future__ import annotations

from typing import Final

from windsock.video.rtsp import CameraError
from windsock.video.rtsp.number import read_number

__all__ = ["Dechunker", "MultipartReader", "boundary_of"]

MOST_HEAD: Final = 16 * 1024
MOST_PICTURE: Final = 16 * 1024 * 1024
JPEG_START: Final = b"\xff\xd8"


def boundary_of(content_type: str) -> bytes:
    """The boundary that a `Content-Type` names; empty if it is no multipart."""
    kind, *parameters = content_type.split(";")
    if not kind.strip().lower().startswith("multipart/"):
        return b""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary":
            return value.strip().strip('"').removeprefix("--").encode("latin-1", "replace")
    return b""


class MultipartReader:
    """See the module."""

    def __init__(self, boundary: bytes) -> None:
        self._end = b"--" + boundary
        self._buffer = bytearray()
        self._length: int | None = None
        self._in_body = False
        self._looked = 0
        """Up to here there is no boundary."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take more of the body; the pictures that are whole now.

        Raises:
            CameraError: it is no such body.
        """
        self._buffer += data
        pictures: list[bytes] = []
        while (picture := self._next()) is not None:
            if picture.startswith(JPEG_START):
                pictures.append(picture)
        return pictures

    def _next(self) -> bytes | None:
        if not self._in_body and not self._take_head():
            return None
        if self._length is not None:
            if len(self._buffer) < self._length:
                return None
            return self._cut(self._length)
        at = self._buffer.find(self._end, self._looked)
        if at < 0:
            if len(self._buffer) > MOST_PICTURE:
                raise CameraError("malformed", "the camera sends pictures of more than 16 MiB")
            self._looked = max(0, len(self._buffer) - len(self._end))
            return None
        return self._cut(at).rstrip(b"\r\n")

    def _take_head(self) -> bool:
        buffer = self._buffer
        # An empty line before the boundary, or after a part with a length.
        blank = len(buffer) - len(buffer.lstrip(b"\r\n"))
        del buffer[:blank]
        ends = [(at, gap) for gap in (b"\r\n\r\n", b"\n\n") if (at := buffer.find(gap, 0, MOST_HEAD)) >= 0]
        if not ends:
            if len(buffer) > MOST_HEAD:
                raise CameraError("malformed", "the camera sends no pictures in parts")
            return False
        at, gap = min(ends)
        head = bytes(buffer[:at]).decode("latin-1")
        del buffer[: at + len(gap)]
        self._length = None
        for line in head.splitlines():
            name, _, value = line.partition(":")
            if name.strip().lower() == "content-length":
                self._length = read_number(value)
        if self._length is not None and self._length > MOST_PICTURE:
            raise CameraError("malformed", "the camera sends pictures of more than 16 MiB")
        self._in_body, self._looked = True, 0
        return True

    def _cut(self, at: int) -> bytes:
        picture = bytes(self._buffer[:at])
        del self._buffer[:at]
        self._in_body, self._looked = False, 0
        return picture


class Dechunker:
    """Takes `Transfer-Encoding: chunked` off a body."""

    def __init__(self) -> None:
        self._line = b""
        self._left = 0
        """Bytes of the chunk that are to come, with the line end behind it."""
        self.ended = False

    def feed(self, data: bytes) -> bytes:
        """Take more; what of it is body.

        Raises:
            CameraError: it is not chunked.
        """
        parts: list[bytes] = []
        at = 0
        while at < len(data) and not self.ended:
            if self._left > 2:
                piece = data[at : at + self._left - 2]
                parts.append(piece)
                at += len(piece)
                self._left -= len(piece)
            elif self._left:
                at, self._left = at + 1, self._left - 1
            else:
                end = data.find(b"\n", at)
                self._line += data[at:] if end < 0 else data[at:end]
                at = len(data) if end < 0 else end + 1
                if len(self._line) > MOST_HEAD:
                    raise CameraError("malformed", "the camera's answer is not what it says it is")
                if end >= 0:
                    self._begin()
        return b"".join(parts)

    def _begin(self) -> None:
        line, self._line = self._line.partition(b";")[0].strip(), b""
        try:
            size = int(line, 16)
        except ValueError:
            raise CameraError("malformed", "the camera's answer is not what it says it is") from None
        if not 0 <= size <= 2**31:
            raise CameraError("malformed", "the camera's answer is not what it says it is")
        self.ended = size == 0
        self._left = size + 2

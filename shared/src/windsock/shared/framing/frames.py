"""Cuts a stream of length-prefixed frames: 4 bytes of length, big-endian, then that many bytes.

The stream stays in step whatever a frame holds: one that is too large is told and skipped byte for byte, and nothing of
it is kept. A length is only a claim, so memory grows with the bytes that came and not with the length that was said.
"""

from typing import Final

from .fault import Fault

FRAME_LIMIT: Final = 32 << 20
_HEADER: Final = 4

Frame = bytes | bytearray | Fault
"""A frame that came in pieces is a `bytearray`, and the caller's own: it is handed over without another copy."""


class FrameSplitter:
    r"""One publisher's stream.

    >>> splitter = FrameSplitter()
    >>> splitter.feed(b"\0\0\0\2{}\0\0"), splitter.feed(b"\0\1"), splitter.feed(b"7")
    ([b'{}'], [], [bytearray(b'7')])
    """

    __slots__ = ("_frame", "_header", "_limit", "_missing", "skipping")

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        self._limit = limit
        self._header = b""
        self._frame = bytearray()
        self._missing = 0  # bytes of the frame still to come
        self.skipping = 0
        """Bytes still to be dropped of a frame that was told as too large. A publisher that sends text without lengths
        shows here as one that will be skipped for gigabytes: better to hang up."""

    @property
    def unfinished(self) -> int:
        """Bytes held of a frame whose end has not come."""
        return len(self._frame)

    def feed(self, data: bytes | bytearray | memoryview) -> list[Frame]:
        """What `data` completes, in the stream's order: each frame, and a `Fault` where there is none to give."""
        out: list[Frame] = []
        position = 0
        with memoryview(data) as view:
            size = len(view)
            while position < size:
                if self.skipping:
                    step = min(self.skipping, size - position)
                    self.skipping -= step
                    position += step
                elif self._missing:
                    step = min(self._missing, size - position)
                    self._frame += view[position : position + step]
                    self._missing -= step
                    position += step
                    if not self._missing:
                        out.append(self._frame)
                        self._frame = bytearray()
                else:
                    needed = _HEADER - len(self._header)
                    self._header += view[position : position + needed]
                    position += needed
                    if len(self._header) < _HEADER:
                        break
                    length = self._begin(out)
                    if length and size - position >= length:
                        out.append(bytes(view[position : position + length]))
                        position += length
                    else:
                        self._missing = length
        return out

    def close(self) -> list[Frame]:
        """The stream ends: a `Fault` for what is unfinished. The splitter then begins anew."""
        out: list[Frame] = []
        came = len(self._frame) if self._missing else len(self._header)
        if self._missing or self._header:
            out.append(Fault("malformed", "the stream ended inside a frame", came, bytes(self._frame[:32])))
        self._header = b""
        self._frame = bytearray()
        self._missing = self.skipping = 0
        return out

    def _begin(self, out: list[Frame]) -> int:
        """The length of the frame that begins; 0 if there is none to give."""
        header, self._header = self._header, b""
        length = int.from_bytes(header, "big")
        if length > self._limit:
            message = f"a frame of {length} bytes is larger than {self._limit} bytes"
            if header[0] in b'{[ "\r\n':
                message += "; this looks like text without the 4 bytes of its length in front"
            elif int.from_bytes(header, "little") <= self._limit:
                message += "; its bytes stand in the other order: the length is big-endian"
            out.append(Fault("too_large", message, length, header))
            self.skipping = length
            return 0
        if length == 0:
            out.append(Fault("malformed", "a frame has no bytes", 0, header))
        return length

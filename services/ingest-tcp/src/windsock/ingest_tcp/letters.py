"""What comes on the port for large messages: a frame is JSON, or JSON text that an older publisher pickled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from windsock.shared.framing import BOM, Fault, Frame, FrameSplitter, PickleRefused, looks_pickled, read_text
from windsock.shared.framing.fault import HEAD

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LetterSplitter"]


class LetterSplitter(FrameSplitter):
    """Cuts frames, and takes what is pickled out of its pickle."""

    __slots__ = ()

    @override
    def feed(self, data: bytes | bytearray | memoryview) -> list[Frame]:
        return _opened(super().feed(data))


def _opened(frames: Sequence[Frame]) -> list[Frame]:
    return [frame if isinstance(frame, Fault) else _open(frame) for frame in frames]


def _open(frame: bytes | bytearray) -> Frame:
    return _read(frame) if looks_pickled(frame) else frame.removeprefix(BOM)


def _read(frame: bytes | bytearray) -> bytes | Fault:
    try:
        # Lone surrogates, which a pickle can carry, are no JSON: the reader says so.
        return read_text(frame).encode("utf-8", "surrogatepass")
    except PickleRefused as refused:
        return Fault("malformed", str(refused), len(frame), bytes(frame[:HEAD]))

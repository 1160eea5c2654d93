"""An access unit: all the bytes of one picture, as the camera encoded it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["START_CODE", "AccessUnit", "Format", "Taken", "annex_b", "avc_codec"]

Format = Literal["h264", "hevc", "mpeg4", "mjpeg"]

START_CODE = b"\x00\x00\x00\x01"


class Taken(NamedTuple):
    """What came of the payloads of one picture."""

    data: bytes
    key: bool = False
    codec: str = ""
    entry: bool = False
    """See `AccessUnit.entry`."""


@dataclass(slots=True)
class AccessUnit:
    """One picture. Of H.264 and HEVC in Annex B form, key pictures with their parameter sets in front."""

    data: bytes
    key: bool
    pts: int
    """The camera's time of it, in µs from anywhere."""
    arrived: float
    """On our monotonic clock, in seconds."""
    codec: str = ""
    """Of a key picture of H.264: WebCodecs' name for it."""
    entry: bool = False
    """It is no key picture, and a decoder may begin here all the same: it is right a moment later (H.264's recovery point). Cameras that refresh their
    pictures bit by bit send one key picture in all, or none to who comes later. Browsers want a key picture."""
    gap: bool = False
    """What came before it is missing."""

    @property
    def opens(self) -> bool:
        """Whether a decoder may begin here."""
        return self.key or self.entry


def annex_b(nals: list[bytes]) -> bytes:
    """NAL units one after the other, each behind a start code."""
    return START_CODE + START_CODE.join(nals)


def avc_codec(sps: bytes) -> str:
    """What WebCodecs calls a stream with this sequence parameter set."""
    return f"avc1.{sps[1:4].hex()}" if len(sps) >= 4 else ""

"""What a camera says it sends: the first video track of its SDP that we can read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin

from .fault import CameraError
from .jpeg import JpegDepacketizer
from .number import read_number
from .rtp import Depacketizer, H264Depacketizer, HevcDepacketizer, Mpeg4Depacketizer, RtpReader
from .unit import Format

__all__ = ["Track", "read_sdp"]


@dataclass(slots=True)
class Track:
    """A video track."""

    format: Format
    control: str
    """URL of its SETUP."""
    whole: str
    """URL of all tracks together: of PLAY, and of what is asked afterwards."""
    payload_type: int
    clock: int
    parameters: dict[str, str]

    def reader(self) -> RtpReader:
        """What takes its packets."""
        return RtpReader(self.payload_type, self.clock, self._depacketizer())

    def _depacketizer(self) -> Depacketizer:
        if self.format == "h264":
            return H264Depacketizer(_decoded(self.parameters.get("sprop-parameter-sets", "").split(",")))
        if self.format == "hevc":
            return HevcDepacketizer(
                _decoded(
                    text
                    for name in ("sprop-vps", "sprop-sps", "sprop-pps")
                    for text in self.parameters.get(name, "").split(",")
                )
            )
        if self.format == "mjpeg":
            return JpegDepacketizer()
        try:
            return Mpeg4Depacketizer(bytes.fromhex(self.parameters.get("config", "")))
        except ValueError:
            return Mpeg4Depacketizer(b"")


_FORMATS: dict[str, Format] = {"h264": "h264", "h265": "hevc", "mp4v-es": "mpeg4", "jpeg": "mjpeg"}


def read_sdp(text: str, base: str) -> Track:
    """The track to ask for.

    Args:
        text: the SDP.
        base: URL that the tracks' names are relative to.

    Raises:
        CameraError: `unsupported`: no video track, or none that we read.
    """
    media: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        if line.startswith("m="):
            media.append((line[2:], []))
        elif line.startswith("a="):
            media[-1][1].append(line[2:])
    whole = _control(media[0][1], base)
    found: list[str] = []
    for head, attributes in media[1:]:
        words = head.split()
        if len(words) < 4 or words[0] != "video":
            continue
        for word in words[3:]:
            name, clock = _codec(attributes, word)
            found.append(name or f"payload type {word}")
            if name.lower() in _FORMATS and read_number(word) is not None:
                return Track(
                    format=_FORMATS[name.lower()],
                    control=_control(attributes, whole),
                    whole=whole,
                    payload_type=int(word),
                    clock=clock,
                    parameters=_parameters(attributes, word),
                )
    if not found:
        raise CameraError("unsupported", "the camera offers no video")
    shown = ", ".join(sorted({name[:24] for name in found}))
    raise CameraError(
        "unsupported", f"the camera offers {shown}; read here are H264, H265, MP4V-ES and JPEG", lasting=True
    )


def _codec(attributes: list[str], payload_type: str) -> tuple[str, int]:
    for attribute in attributes:
        if attribute.startswith(f"rtpmap:{payload_type} "):
            name, _, rest = attribute.partition(" ")[2].partition("/")
            return name.strip(), read_number(rest.partition("/")[0]) or 90_000
    return {"26": "JPEG", "32": "MPV"}.get(payload_type, ""), 90_000


def _parameters(attributes: list[str], payload_type: str) -> dict[str, str]:
    for attribute in attributes:
        if attribute.startswith(f"fmtp:{payload_type} "):
            pairs = (pair.partition("=") for pair in attribute.partition(" ")[2].split(";"))
            return {name.strip().lower(): value.strip() for name, _, value in pairs}
    return {}


def _control(attributes: list[str], base: str) -> str:
    for attribute in attributes:
        if attribute.startswith("control:"):
            control = attribute[8:].strip()
            if control == "*":
                return base
            if "://" in control:
                return control
            if "?" in base:
                return f"{base}/{control}"
            # Not urljoin alone: a base without a slash at its end is a folder all the same (RFC 2326, C.1.1, as cameras understand it).
            try:
                return urljoin(base if base.endswith("/") else f"{base}/", control)
            except ValueError:
                raise CameraError("malformed", "the camera's description names its tracks by no URL") from None
    return base


def _decoded(texts: Iterable[str]) -> list[bytes]:
    nals: list[bytes] = []
    for text in texts:
        try:
            nals.append(base64.b64decode(text + "=" * (-len(text) % 4), validate=False))
        except (binascii.Error, ValueError):
            continue
    return [nal for nal in nals if nal]

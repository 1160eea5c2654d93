"""RTP packets to access units: H.264 (RFC 6184), HEVC (RFC 7798), MPEG-4 (RFC 6416). Pure: bytes in, pictures out.

A missing packet costs the pictures up to the next key picture: half a picture decodes to a smear that stays until then.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final, Protocol

from .fault import CameraError
from .unit import AccessUnit, Taken, annex_b, avc_codec

__all__ = [
    "MAX_UNIT",
    "Depacketizer",
    "H264Depacketizer",
    "HevcDepacketizer",
    "Mpeg4Depacketizer",
    "RtpReader",
    "Taken",
]

MAX_UNIT: Final = 16 * 1024 * 1024
"""Bytes of one picture: a key picture of a 4K camera has about 2 MB."""


MOST_SETS: Final = 32
"""Parameter sets that are kept: a camera has two or three."""
RECOVERY_POINT: Final = 6
"""Kind of SEI message."""


def _exp_golomb(data: bytes) -> int:
    """The unsigned Exp-Golomb number that begins here (H.264, 9.1); 0 if it is none."""
    bits = int.from_bytes(data[:8].ljust(8, b"\0"), "big")
    zeros = 64 - bits.bit_length()
    return 0 if zeros > 31 else (bits >> (63 - 2 * zeros)) - 1


def _has_recovery_point(sei: bytes) -> bool:
    """Whether an SEI of H.264 (7.3.2.3.1) says that a decoder may begin with its picture."""
    at = 1
    while at < len(sei) - 2:
        numbers = [0, 0]
        for place in range(2):
            while at < len(sei) and sei[at] == 0xFF:
                numbers[place] += 255
                at += 1
            if at >= len(sei):
                return False
            numbers[place] += sei[at]
            at += 1
        if numbers[0] == RECOVERY_POINT:
            return True
        at += numbers[1]
    return False


class Depacketizer(Protocol):
    """Gathers the payloads of one picture."""

    def add(self, payload: bytes) -> None:
        """The next payload of the picture."""
        ...

    def take(self) -> Taken | None:
        """The picture; begins the next. None if there is none in what came."""
        ...


class NalGatherer(ABC):
    """What H.264 and HEVC have in common: NAL units, whole, bundled or in fragments."""

    header: int
    bundle: int
    fragment: int
    set_kinds: tuple[int, ...]
    """Kinds of parameter sets, each referring to the one before it; the last is that of pictures."""

    def __init__(self, parameter_sets: list[bytes]) -> None:
        self._sets: dict[tuple[int, int], bytes] = {}
        """Parameter sets, by kind and number, in the order of their kinds."""
        for nal in parameter_sets:
            if len(nal) > self.header:
                self._keep(nal)
        self._nals: list[bytes] = []
        self._parts: list[bytes] | None = None
        self._size = 0

    @abstractmethod
    def kind(self, first: int) -> int:
        """The kind of a NAL unit, by its first byte."""

    @abstractmethod
    def number(self, kind: int, nal: bytes) -> int:
        """By which a parameter set is referred to; 0 where it is not looked for."""

    @abstractmethod
    def begin(self, payload: bytes) -> bytes:
        """The header of the NAL unit of which `payload` is the first fragment."""

    def add(self, payload: bytes) -> None:
        header = self.header
        if len(payload) <= header:
            return
        self._size += len(payload)
        if self._size > MAX_UNIT:
            raise CameraError("malformed", "the camera sends pictures of more than 16 MiB")
        kind = self.kind(payload[0])
        if kind == self.fragment:
            flags = payload[header]
            if flags & 0x80:
                self._parts = [self.begin(payload), payload[header + 1 :]]
            elif self._parts is not None:
                self._parts.append(payload[header + 1 :])
            if flags & 0x40 and self._parts is not None:
                self._nals.append(b"".join(self._parts))
                self._parts = None
        elif kind == self.bundle:
            at = header
            while at + 2 <= len(payload):
                size = int.from_bytes(payload[at : at + 2], "big")
                if size:
                    self._nals.append(payload[at + 2 : at + 2 + size])
                at += 2 + size
        else:
            self._nals.append(payload)

    def _keep(self, nal: bytes) -> bool:
        """Keep a parameter set; False if it is none. A camera may have several picture parameter sets and choose by their number."""
        kind = self.kind(nal[0])
        if kind not in self.set_kinds:
            return False
        number = self.number(kind, nal)
        if kind != self.set_kinds[-1] and self._sets.get((kind, number), nal) != nal:
            # Another picture from here on: what refers to the old one says nothing any more.
            self._sets = {name: each for name, each in self._sets.items() if name[0] <= kind}
        if len(self._sets) < MOST_SETS or (kind, number) in self._sets:
            self._sets[kind, number] = nal
        return True

    def _all_sets(self) -> list[bytes]:
        return [self._sets[name] for name in sorted(self._sets)]

    def _take_nals(self) -> list[bytes]:
        nals, self._nals, self._parts, self._size = self._nals, [], None, 0
        return [nal for nal in nals if len(nal) > self.header]


class H264Depacketizer(NalGatherer):
    """See RFC 6184: single NAL units, STAP-A, FU-A."""

    header = 1
    bundle = 24
    fragment = 28
    set_kinds = (7, 8)

    def kind(self, first: int) -> int:
        return first & 0x1F

    def number(self, kind: int, nal: bytes) -> int:
        # In front of a sequence's stand its profile, its constraints and its level.
        return _exp_golomb(nal[4:] if kind == 7 else nal[1:])

    def begin(self, payload: bytes) -> bytes:
        return bytes(((payload[0] & 0xE0) | (payload[1] & 0x1F),))

    def take(self) -> Taken | None:
        nals: list[bytes] = []
        key = picture = entry = False
        for nal in self._take_nals():
            kind = nal[0] & 0x1F
            if not self._keep(nal) and kind != 9:  # access unit delimiters are of no use here
                nals.append(nal)
                key = key or kind == 5
                picture = picture or 1 <= kind <= 5
                entry = entry or (kind == 6 and _has_recovery_point(nal))
        if not picture:
            return None
        if key:
            return Taken(annex_b([*self._all_sets(), *nals]), key=True, codec=self._codec())
        return Taken(annex_b([*self._all_sets(), *nals] if entry else nals), entry=entry)

    def _codec(self) -> str:
        return next((avc_codec(nal) for (kind, _), nal in self._sets.items() if kind == 7), "")


class HevcDepacketizer(NalGatherer):
    """See RFC 7798: single NAL units, aggregation packets, fragmentation units."""

    header = 2
    bundle = 48
    fragment = 49
    set_kinds = (32, 33, 34)

    def kind(self, first: int) -> int:
        return (first >> 1) & 0x3F

    def number(self, kind: int, nal: bytes) -> int:
        return _exp_golomb(nal[2:]) if kind == 34 else 0

    def begin(self, payload: bytes) -> bytes:
        return bytes(((payload[0] & 0x81) | ((payload[2] & 0x3F) << 1), payload[1]))

    def take(self) -> Taken | None:
        nals: list[bytes] = []
        key = picture = False
        for nal in self._take_nals():
            kind = self.kind(nal[0])
            if not self._keep(nal) and kind != 35:
                nals.append(nal)
                key = key or 16 <= kind <= 23
                picture = picture or kind < 32
        if not picture:
            return None
        return Taken(annex_b([*self._all_sets(), *nals] if key else nals), key)


class Mpeg4Depacketizer:
    """See RFC 6416: a picture's bytes, cut anywhere."""

    def __init__(self, config: bytes) -> None:
        self._config = config
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, payload: bytes) -> None:
        self._size += len(payload)
        if self._size > MAX_UNIT:
            raise CameraError("malformed", "the camera sends pictures of more than 16 MiB")
        self._parts.append(payload)

    def take(self) -> Taken | None:
        data = b"".join(self._parts)
        self._parts, self._size = [], 0
        if not data:
            return None
        at = data.find(b"\x00\x00\x01\xb6")
        key = at >= 0 and len(data) > at + 4 and data[at + 4] >> 6 == 0
        return Taken(self._config + data if key else data, key)


class RtpReader:
    """Takes packets, gives access units from the first key picture on."""

    def __init__(self, payload_type: int, clock: int, depacketizer: Depacketizer) -> None:
        self._type = payload_type
        self._clock = clock
        self._depacketizer = depacketizer
        self._next_seq: int | None = None
        self._timestamp: int | None = None
        self._ticks = 0
        self._last_timestamp: int | None = None
        self._whole = True
        self._wait_for_key = True
        self.missing = 0
        """Gaps in the packets' numbers."""

    def read(self, packet: bytes, now: float) -> list[AccessUnit]:
        """Take a packet; the pictures that it completes."""
        if len(packet) < 12 or packet[0] >> 6 != 2 or packet[1] & 0x7F != self._type:
            return []
        start = 12 + 4 * (packet[0] & 0x0F)
        if packet[0] & 0x10 and len(packet) >= start + 4:
            start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
        end = len(packet) - packet[-1] if packet[0] & 0x20 else len(packet)
        if start > end:
            return []
        seq = int.from_bytes(packet[2:4], "big")
        timestamp = int.from_bytes(packet[4:8], "big")
        units: list[AccessUnit] = []
        if self._next_seq is not None and seq != self._next_seq:
            self.missing += 1
            self._whole = False
        self._next_seq = (seq + 1) & 0xFFFF
        if self._timestamp is not None and timestamp != self._timestamp:
            self._finish(units, now)  # the marker of the last packet was not set, or was in a packet that is missing
        self._timestamp = timestamp
        self._depacketizer.add(packet[start:end])
        if packet[1] & 0x80:
            self._finish(units, now)
        return units

    def _finish(self, units: list[AccessUnit], now: float) -> None:
        timestamp, self._timestamp = self._timestamp, None
        taken = self._depacketizer.take()
        whole, self._whole = self._whole, True
        if not whole:
            self._wait_for_key = True
        if taken is None or timestamp is None or not whole:
            return
        if self._wait_for_key and not (taken.key or taken.entry):
            return
        gap, self._wait_for_key = self._wait_for_key, False
        if self._last_timestamp is not None:
            step = (timestamp - self._last_timestamp) & 0xFFFFFFFF
            self._ticks += step - (1 << 32) if step >= 1 << 31 else step
        self._last_timestamp = timestamp
        pts = self._ticks * 1_000_000 // self._clock
        units.append(AccessUnit(taken.data, taken.key, pts, now, taken.codec, taken.entry, gap))

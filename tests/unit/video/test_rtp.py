"""Packets to pictures: whole, bundled, in fragments, with gaps."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.video.rtsp import CameraError
from windsock.video.rtsp.rtp import MAX_UNIT, H264Depacketizer, HevcDepacketizer, RtpReader
from windsock.video.rtsp.unit import START_CODE, AccessUnit, annex_b

SPS, PPS = bytes.fromhex("6742c01fda014016"), bytes.fromhex("68ce3c80")
KEY, DELTA = b"\x65key picture", b"\x41delta picture"


class Sender:
    """Numbers packets as a camera does."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq

    def packet(self, payload: bytes, timestamp: int, *, marker: bool = False, kind: int = 96) -> bytes:
        head = struct.pack("!BBHII", 0x80, kind | (0x80 if marker else 0), self.seq & 0xFFFF, timestamp, 7)
        self.seq += 1
        return head + payload

    def fragments(self, nal: bytes, timestamp: int, size: int) -> list[bytes]:
        parts = [nal[1:][at : at + size] for at in range(0, len(nal) - 1, size)]
        packets: list[bytes] = []
        for place, part in enumerate(parts):
            flags = (0x80 if place == 0 else 0) | (0x40 if place == len(parts) - 1 else 0)
            head = bytes(((nal[0] & 0xE0) | 28, flags | (nal[0] & 0x1F)))
            packets.append(self.packet(head + part, timestamp, marker=place == len(parts) - 1))
        return packets


def reader() -> RtpReader:
    return RtpReader(96, 90_000, H264Depacketizer([SPS, PPS]))


def read(target: RtpReader, packets: list[bytes]) -> list[AccessUnit]:
    return [unit for packet in packets for unit in target.read(packet, 1.0)]


def test_a_key_picture_comes_with_its_parameter_sets_and_codec() -> None:
    [unit] = read(reader(), [Sender().packet(KEY, 0, marker=True)])
    assert unit.data == START_CODE + SPS + START_CODE + PPS + START_CODE + KEY
    assert unit.key
    assert unit.codec == "avc1.42c01f"


@given(st.binary(min_size=2, max_size=400), st.integers(1, 60), st.integers(0, 65_535))
def test_a_picture_in_fragments_is_the_same_picture(body: bytes, size: int, seq: int) -> None:
    nal = b"\x65" + body
    [unit] = read(reader(), Sender(seq).fragments(nal, 0, size))
    assert unit.data.endswith(START_CODE + nal)


def test_a_bundle_is_taken_apart() -> None:
    nals = [SPS, PPS, KEY]
    bundle = b"\x78" + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)
    [unit] = read(reader(), [Sender().packet(bundle, 0, marker=True)])
    assert unit.data == START_CODE + SPS + START_CODE + PPS + START_CODE + KEY


def test_nothing_is_given_before_the_first_key_picture() -> None:
    sender = Sender()
    assert read(reader(), [sender.packet(DELTA, 0, marker=True)]) == []


def test_a_missing_packet_costs_the_pictures_up_to_the_next_key_picture() -> None:
    sender, target = Sender(), reader()
    packets = [
        sender.packet(nal, place * 3000, marker=True)
        for place, nal in enumerate([KEY, DELTA, DELTA, DELTA, KEY, DELTA])
    ]
    del packets[2]
    units = read(target, packets)
    assert [unit.key for unit in units] == [True, False, True, False]
    assert target.missing == 1


PPS_1 = bytes.fromhex("68538f20")
"""Number 1, of the sequence 0."""
SPS_1 = bytes.fromhex("6742c01f5da014016f")
"""Number 1."""


def test_parameter_sets_of_several_numbers_come_with_every_key_picture() -> None:
    sender, target = Sender(), reader()
    inside = [SPS, PPS, PPS_1, KEY]
    packets = [sender.packet(nal, 0, marker=nal is KEY) for nal in inside]
    packets += [sender.packet(DELTA, 3_000, marker=True), sender.packet(KEY, 6_000, marker=True)]
    units = read(target, packets)
    wanted = annex_b([SPS, PPS, PPS_1, KEY])
    assert [unit.data for unit in units if unit.key] == [wanted, wanted]
    # Another sequence, beside the first.
    packets = [sender.packet(nal, 9_000, marker=nal is KEY) for nal in (SPS_1, KEY)]
    assert read(target, packets)[0].data == annex_b([SPS, SPS_1, PPS, PPS_1, KEY])


def test_a_sequence_that_changes_takes_what_referred_to_it_along() -> None:
    sender, target = Sender(), reader()
    read(target, [sender.packet(nal, 0, marker=nal is KEY) for nal in (PPS_1, KEY)])
    other = SPS[:-1] + b"\x17"
    [unit] = read(target, [sender.packet(nal, 3_000, marker=nal is KEY) for nal in (other, PPS, KEY)])
    assert unit.data == annex_b([other, PPS, KEY])


def test_a_picture_that_a_decoder_may_begin_with_opens_a_stream_and_is_no_key_picture() -> None:
    point, other = bytes.fromhex("06060209c480"), bytes.fromhex("0605" + "ff01" + "00" * 256 + "80")
    for sei, opens in ((point, True), (other, False), (other[:-1] + point[1:], True), (b"\x06\xff\xff", False)):
        sender = Sender()
        units = read(
            reader(),
            [sender.packet(sei, 0), sender.packet(DELTA, 0, marker=True), sender.packet(DELTA, 9, marker=True)],
        )
        assert [(unit.key, unit.entry, unit.gap) for unit in units] == [
            (False, True, True),
            (False, False, False),
        ] * opens
        if opens:
            assert units[0].data.startswith(annex_b([SPS, PPS])), "nobody could decode it"
            assert units[0].codec == ""


def test_a_marker_that_is_never_set_costs_one_picture_of_delay_and_nothing_else() -> None:
    sender = Sender()
    units = read(reader(), [sender.packet(nal, place * 3000) for place, nal in enumerate([KEY, DELTA, DELTA])])
    assert [unit.key for unit in units] == [True, False]


def test_times_go_on_where_the_camera_s_counter_wraps() -> None:
    sender = Sender(65_534)
    stamps = [(2**32 - 3000 + 3000 * number) % 2**32 for number in range(4)]
    units = read(reader(), [sender.packet(KEY, stamp, marker=True) for stamp in stamps])
    assert [unit.pts for unit in units] == [0, 33_333, 66_666, 100_000]


def test_packets_of_others_and_garbage_change_nothing() -> None:
    target, sender = reader(), Sender()
    assert read(target, [b"", b"\x80", bytes(40), sender.packet(KEY, 0, marker=True, kind=97)]) == []


@given(st.lists(st.binary(max_size=60), max_size=30))
def test_any_bytes_are_survived(payloads: list[bytes]) -> None:
    for depacketizer in (H264Depacketizer([]), HevcDepacketizer([])):
        target, sender = RtpReader(96, 90_000, depacketizer), Sender()
        read(target, [sender.packet(payload, place // 2) for place, payload in enumerate(payloads)])


def test_a_picture_without_end_is_refused() -> None:
    target, sender = reader(), Sender()
    packets = [sender.packet(b"\x7c\x05" + bytes(60_000), 0) for _ in range(MAX_UNIT // 60_000 + 2)]
    with pytest.raises(CameraError, match="malformed"):
        read(target, packets)

"""Small parts of a feed: URLs, places, logins, descriptions, options."""

from __future__ import annotations

import hashlib
import ipaddress

import pytest

from windsock.shared.errors import Code, WindsockError
from windsock.shared.feeds import Frame, read_feed_url
from windsock.shared.settings import load_settings
from windsock.shared.values import redact_url
from windsock.video.guard import Guard
from windsock.video.options import LEVELS, Ladder, read_options
from windsock.video.rtsp import CameraError
from windsock.video.rtsp.auth import Login
from windsock.video.rtsp.sdp import read_sdp

SETTINGS = load_settings()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "/tmp/%02d.jpg",
        "concat:a|b",
        "http://cam/x",
        "0",
        "test://x",
        "udp://@239.0.0.1:1",
        "rtsp+x://a",
    ],
)
def test_urls_of_another_kind_are_forbidden(url: str) -> None:
    with pytest.raises(WindsockError) as refused:
        read_feed_url(url, SETTINGS)
    assert refused.value.code is Code.FORBIDDEN


@pytest.mark.parametrize(
    "url",
    [
        "rtsp:joe:pw@cam/x",
        "rtsp://",
        "rtsp://[::1/x",
        "rtsp://joe:pw@cam:99999/",
        "rtsp://a b/",
        "rtsp://joe%0d%0a:b@cam/",
    ],
)
def test_what_is_no_url_is_invalid_and_not_repeated(url: str) -> None:
    with pytest.raises(WindsockError) as refused:
        read_feed_url(url, SETTINGS)
    assert refused.value.code is Code.INVALID
    assert "joe" not in refused.value.message


def test_a_url_is_taken_apart_and_its_password_shown_nowhere() -> None:
    url = read_feed_url("rtsp://joe:p%40ss@192.168.0.25/live?x=1", SETTINGS)
    assert (url.host, url.port, url.user, url.password) == ("192.168.0.25", 554, "joe", "p@ss")
    assert url.bare == "rtsp://192.168.0.25/live?x=1"
    assert "ss" not in repr(url)
    assert redact_url("rtsp://joe:p%40ss@192.168.0.25/live") == "rtsp://192.168.0.25/live"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "169.254.169.254",
        "fe80::1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "100.100.100.200",
        "fd00:ec2::254",
        "168.63.129.16",
    ],
)
def test_places_that_are_refused(address: str) -> None:
    assert not Guard(SETTINGS).permits(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"])
def test_an_ipv4_address_inside_an_ipv6_one_counts_as_it(address: str) -> None:
    assert not Guard(SETTINGS).permits(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["192.168.0.25", "10.0.0.7", "203.0.114.9", "fd12::7"])
def test_places_where_cameras_are(address: str) -> None:
    assert Guard(SETTINGS).permits(ipaddress.ip_address(address))


def test_a_setting_allows_a_network() -> None:
    guard = Guard(load_settings(video_networks="127.0.0.0/30"))
    assert guard.permits(ipaddress.ip_address("127.0.0.1"))
    assert not guard.permits(ipaddress.ip_address("127.0.0.5"))


def test_digest_answers_as_the_rfc_says() -> None:
    login = Login("joe", "secret")
    assert login.challenge(['Basic realm="x"', 'Digest realm="cam", nonce="abc"'])
    header = login.header("DESCRIBE", "rtsp://cam/x")
    assert header is not None
    ours = hashlib.md5(b"joe:cam:secret").hexdigest()
    theirs = hashlib.md5(b"DESCRIBE:rtsp://cam/x").hexdigest()
    assert f'response="{hashlib.md5(f"{ours}:abc:{theirs}".encode()).hexdigest()}"' in header
    assert "secret" not in repr(login) + header
    assert not Login("", "").challenge(['Digest realm="cam", nonce="abc"'])


def test_a_description_names_the_first_track_that_is_read() -> None:
    sdp = (
        "v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 26\r\nm=video 0 RTP/AVP 97\r\n"
        "a=rtpmap:97 H265/90000\r\na=control:track2\r\n"
    )
    track = read_sdp(sdp, "rtsp://cam/live")
    assert (track.format, track.payload_type, track.control) == ("hevc", 97, "rtsp://cam/live/track2")


@pytest.mark.parametrize("sdp", ["", "m=audio 0 RTP/AVP 0\r\n", "m=video 0 RTP/AVP 26\r\n", "m=video\r\na=rtpmap\r\n"])
def test_a_description_without_such_a_track_is_unsupported(sdp: str) -> None:
    with pytest.raises(CameraError) as refused:
        read_sdp(sdp, "rtsp://cam/live")
    assert refused.value.code == "unsupported"


def test_options_are_what_is_asked_for_within_reason() -> None:
    options = read_options({"fps": 1000, "height": "x", "quality": 0, "passthrough": False}, SETTINGS)
    assert (options.fps, options.height, options.quality, options.passthrough) == (60, 720, 10, False)


def test_the_ladder_is_climbed_when_busy_and_left_when_idle() -> None:
    ladder = Ladder()
    assert [ladder.step(0.95, now) for now in range(1, 6)] == [0, 0, 1, 1, 2]
    assert max(ladder.step(1.0, now) for now in range(6, 60)) == len(LEVELS) - 1
    assert ladder.step(0.6, 60) == len(LEVELS) - 1, "neither busy nor idle: it stays"
    levels = [ladder.step(0.1, now) for now in range(61, 140)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == 0


def test_a_frame_survives_its_journey() -> None:
    frame = Frame(
        "a\n{b}", 3, 4, 5, "video", key=True, width=6, height=7, data=b"\n\x00{}\n", pts=8, codec="avc1.42c01f"
    )
    assert Frame.unpack(frame.pack()) == frame
    for nonsense in (b"", b"{}", b"{}\n", b"[1]\nx", b"x\ny"):
        with pytest.raises(ValueError):
            Frame.unpack(nonsense)

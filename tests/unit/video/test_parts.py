"""Small parts of a feed: URLs, places, logins, descriptions, options."""

from __future__ import annotations

import hashlib
import ipaddress
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit.waiting import until

from windsock.shared.errors import Code, WindsockError
from windsock.shared.feeds import Frame, read_feed_url
from windsock.shared.masking import redact_url
from windsock.shared.settings import SettingsError, load_settings
from windsock.video.cores import usable_cores
from windsock.video.drawn import Files
from windsock.video.drift import Drift
from windsock.video.guard import Guard
from windsock.video.options import LEVELS, SMALL_BYTES, Ladder, Options, read_options
from windsock.video.painter import Order, paint
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


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://joe:s3cret@cam/live", "rtsp://cam/live"),
        ("rtsp://joe:p@s3cret@cam:554/x?channel=1", "rtsp://cam:554/x?channel=1"),
        ("rtsp://joe@cam/x#s3cret", "rtsp://cam/x"),
        ("http://cam/video.cgi?user=joe&pwd=s3cret&resolution=640x480", "http://cam/video.cgi?user=***&pwd=***&resolution=640x480"),
        ("http://cam/video.cgi?s3cret", "http://cam/video.cgi?***"),
        ("http://cam/video.cgi?s3cret&channel=2", "http://cam/video.cgi?***&channel=2"),
        ("http://cam/v?channel=1;k=s3cret", "http://cam/v?channel=1;k=***"),
        ("http://cam/v?t=a=s3cret&Stream=2", "http://cam/v?t=***&Stream=2"),
        ("http://cam/v?t=/s3cret", "http://cam/v?t=***"),
        ("rtsp://cam/user=joe&password=s3cret&channel=1&stream=0.sdp?", "rtsp://cam/user=***&password=***&channel=1&stream=0.sdp"),
    ],
)  # fmt: skip
def test_a_url_is_shown_without_whatever_in_it_may_be_a_secret(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_a_slash_in_a_password_is_told_and_not_taken_for_a_path() -> None:
    with pytest.raises(WindsockError, match="%2F") as refused:
        read_feed_url("rtsp://joe:12/s3cret@cam/live", SETTINGS)
    assert "s3cret" not in refused.value.message


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
        "v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 32\r\nm=video 0 RTP/AVP 97\r\n"
        "a=rtpmap:97 H265/90000\r\na=control:track2\r\n"
    )
    track = read_sdp(sdp, "rtsp://cam/live")
    assert (track.format, track.payload_type, track.control) == ("hevc", 97, "rtsp://cam/live/track2")


@pytest.mark.parametrize("sdp", ["", "m=audio 0 RTP/AVP 0\r\n", "m=video 0 RTP/AVP 32\r\n", "m=video\r\na=rtpmap\r\n"])
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


def test_the_ladder_is_climbed_when_pictures_take_long_whoever_has_the_machine() -> None:
    ladder = Ladder()
    for now in range(1, 6):
        ladder.took(0.4)
        ladder.step(0.3, now)
    assert ladder.level == 2
    options = read_options({"fps": 10}, SETTINGS).at(ladder.level)
    assert (options.fps, options.height, options.quality) == (2.5, 720, 80), "fewer pictures before smaller ones"


def test_a_picture_that_is_late_now_and_then_does_not_keep_the_ladder_where_it_is() -> None:
    ladder = Ladder()
    assert max(ladder.step(1.0, now) for now in range(1, 60)) == len(LEVELS) - 1
    for now in range(60, 300):
        ladder.took(0.4 if now % 10 == 0 else 0.02)
        ladder.step(0.1, now)
    assert ladder.level == 0
    for now in range(300, 600):
        ladder.took(0.4 if now % 2 else 0.02)
        ladder.step(0.1, now)
    assert ladder.level == 0, "one late picture at a time is no reason to climb"
    ladder = Ladder()
    levels = [ladder.step(1.0 if now < 10 or now % 2 else 0.1, now) for now in range(1, 200)]
    assert levels[-1] == max(levels), "left although every other second is bad"


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "30000 100000\n"}, 0.3),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu.max": "9900000 100000\n"}, None),
        ({"cpu.max": "nonsense"}, None),
        ({}, None),
    ],
)
def test_a_container_s_share_of_the_machine_is_all_there_is(
    tmp_path: Path, files: dict[str, str], cores: float | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_cores(tmp_path) == (len(os.sched_getaffinity(0)) if cores is None else cores)


def play(drift: Drift, pictures: list[tuple[float, float, bool]]) -> list[bool]:
    """Arrival in s, the camera's time in s, whether it is a key picture."""
    return [drift.lets_go(arrived, round(made * 1_000_000), key=key) for arrived, made, key in pictures]


def test_pictures_in_time_are_kept_whatever_the_camera_s_clock_says() -> None:
    drift = Drift()
    assert not any(play(drift, [(100 + n / 10, 7 + n / 10 + 0.2 * (n % 3), n % 10 == 0) for n in range(100)]))


def test_a_backlog_is_let_go_up_to_the_key_picture_that_is_in_time() -> None:
    drift = Drift()
    play(drift, [(n / 10, n / 10, n % 10 == 0) for n in range(20)])
    # Nothing for three seconds; then all of them at once, and the next in time.
    late = play(drift, [(5.0, n / 10, n % 10 == 0) for n in range(20, 50)])
    assert late[:20] == [True] * 20
    assert late[20:] == [False] * 10, "from the key picture at 4.0 s on, it is less than a second late"
    assert not any(play(drift, [(n / 10, n / 10, n % 10 == 0) for n in range(50, 70)]))


def test_a_delay_that_stays_is_the_line_s_own() -> None:
    drift = Drift()
    play(drift, [(n / 10, n / 10, n % 10 == 0) for n in range(20)])
    late = play(drift, [(3 + n / 10, n / 10, n % 10 == 0) for n in range(20, 120)])
    assert late[0]
    assert not any(late[61:]), "it was taken for a backlog for ever"


def test_files_of_this_machine_are_named_from_the_folder_on_and_only_there() -> None:
    home = load_settings(all_in_one=True, video_folder="/srv/video", video_webcams=True)
    assert read_feed_url("file:yard.mp4", home).path == "yard.mp4"
    assert read_feed_url("webcam:0", home).host == "0"
    for url in ("file:/etc/passwd", "file:../x.mp4", "file:a/../../x.mp4", "file:///etc/passwd", "file:"):
        with pytest.raises(WindsockError) as refused:
            read_feed_url(url, home)
        assert refused.value.code is Code.FORBIDDEN, url
    with pytest.raises(SettingsError, match="windsock up"):
        load_settings(video_folder="/srv/video")


def test_a_link_in_the_folder_does_not_lead_out_of_it(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    outside.mkdir()
    (outside / "x.mp4").write_bytes(b"secret")
    (folder / "x.mp4").symlink_to(outside / "x.mp4")
    (folder / "below").symlink_to(outside)
    (folder / "list.m3u8").write_text("#EXTM3U\n/etc/passwd")
    for name in ("x.mp4", "below/x.mp4", "below/%02d.jpg", "list.m3u8"):
        with pytest.raises(CameraError) as refused:
            Files(folder, name)
        assert refused.value.code == "forbidden", name


def test_numbered_pictures_are_played_and_begin_again(tmp_path: Path) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number:04d}.png"), np.full((32, 48, 3), 40 + 80 * number, np.uint8))
    files = Files(tmp_path, "%04d.png")
    seen: set[int] = set()
    until(lambda: seen.add(round(int(files.draw()[0, 0, 0]) / 40)) or len(seen) == 3, "all three")
    seen.clear()
    until(lambda: seen.add(round(int(files.draw()[0, 0, 0]) / 40)) or len(seen) == 3, "all three again")
    files.close()


def test_a_frame_survives_its_journey() -> None:
    frame = Frame(
        "a\n{b}", 3, 4, 5, "video", key=True, width=6, height=7, data=b"\n\x00{}\n", pts=8, codec="avc1.42c01f"
    )
    assert Frame.unpack(frame.pack()) == frame
    for nonsense in (b"", b"{}", b"{}\n", b"[1]\nx", b"x\ny"):
        with pytest.raises(ValueError):
            Frame.unpack(nonsense)


@pytest.mark.parametrize("noise", [0, 120])
def test_a_picture_for_a_slow_line_has_few_bytes_whatever_it_shows(noise: int) -> None:
    pixels = np.random.default_rng(1).integers(100 - noise // 2, 101 + noise // 2, (720, 1280, 3), np.uint8)
    options = Options(10, 720, 80)
    [full, small] = paint(pixels, Order(options, frozenset({"jpeg", "small"})), 0.0, 0)
    assert (full.width, full.height) == (1280, 720)
    assert len(small.data) <= SMALL_BYTES
    assert small.height == 360 if not noise else 90 <= small.height < 360
    assert abs(small.width / small.height - 16 / 9) < 0.05

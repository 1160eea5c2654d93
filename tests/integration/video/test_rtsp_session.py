"""A camera's session against a camera that does what it should not: hangs at each step, forgets, changes its mind, sends nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import time
from base64 import b64encode
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.scripted_camera import Clip, ScriptedCamera, make_clip
from kit.waiting import until_async

from windsock.video.options import Options
from windsock.video.painter import Order, Painter, Picture
from windsock.video.rtsp import AccessUnit, CameraError, RtspSession
from windsock.video.rtsp.link import RtspLink
from windsock.video.rtsp.sdp import read_sdp
from windsock.video.tls import Authorities, Trust

TRUST = Trust(Authorities(None))


class Playing:
    """An open session, and what has come of it."""

    def __init__(self, session: RtspSession, units: list[AccessUnit], run: asyncio.Task[None]) -> None:
        self.session = session
        self.units = units
        self.run = run


def session_of(camera: ScriptedCamera, units: list[AccessUnit], user: str = "", password: str = "") -> RtspSession:
    return RtspSession(camera.url(user, password), "127.0.0.1", TRUST, units.append)


@asynccontextmanager
async def playing(
    camera: ScriptedCamera, user: str = "", password: str = "", read_timeout: float = 10
) -> AsyncGenerator[Playing]:
    units: list[AccessUnit] = []
    session = session_of(camera, units, user, password)
    await session.open(10)
    run = asyncio.create_task(session.run(read_timeout))
    try:
        yield Playing(session, units, run)
    finally:
        await session.close()
        run.cancel()
        with contextlib.suppress(CameraError, asyncio.CancelledError):
            await run


async def fault_of(camera: ScriptedCamera, seconds: float = 10, user: str = "", password: str = "") -> CameraError:
    """What the session says when it is opened, or soon after."""
    session = session_of(camera, [], user, password)
    with pytest.raises(CameraError) as fault:
        await session.open(seconds)
    await session.close()
    return fault.value


async def test_pictures_come_whole_and_the_camera_is_told_when_we_leave() -> None:
    async with ScriptedCamera() as camera:
        async with playing(camera) as watched:
            await until_async(lambda: len(watched.units) >= 60, "pictures")
            steps = {later.pts - earlier.pts for earlier, later in zip(watched.units, watched.units[1:], strict=False)}
        assert steps == {40_000}
        assert [unit.key for unit in watched.units[:26]] == [True] + [False] * 24 + [True]
        assert watched.session.missing == 0
        await until_async(lambda: "TEARDOWN" in camera.methods(), "it is told")
        await until_async(lambda: camera.open == 0, "the connection is gone")


async def test_pictures_that_come_before_anybody_takes_them_are_not_lost() -> None:
    async with ScriptedCamera(fps=25) as camera:
        units: list[AccessUnit] = []
        session = session_of(camera, units)
        await session.open(10)
        await until_async(lambda: camera.sent >= 10, "pictures are sent")
        assert not units, "passed on before its owner was ready"
        run = asyncio.create_task(session.run(10))
        await until_async(lambda: len(units) >= 10, "pictures")
        assert units[0].key
        assert units[0].pts == 0, "the first key picture was lost"
        await session.close()
        with pytest.raises(CameraError):
            await run


@pytest.mark.parametrize("step", ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"])
async def test_a_camera_that_hangs_at_any_step_is_given_up_in_time(step: str) -> None:
    async with ScriptedCamera(hangs_at=step) as camera:
        assert (await fault_of(camera, 0.3)).code == "timeout"
        assert camera.methods()[-1] == step
        await until_async(lambda: camera.open == 0, "the connection is gone")


async def test_a_camera_that_hangs_within_a_picture_is_given_up_in_time() -> None:
    async with ScriptedCamera(hangs_at="mid-frame") as camera, playing(camera, read_timeout=0.5) as watched:
        with pytest.raises(CameraError) as fault:
            await asyncio.wait_for(asyncio.shield(watched.run), 20)
        assert fault.value.code == "timeout"
        assert len(watched.units) == 50, "half a picture was passed on"


async def test_a_camera_that_hangs_at_goodbye_holds_nobody_up() -> None:
    async with ScriptedCamera(hangs_at="TEARDOWN") as camera:
        async with playing(camera) as watched:
            await until_async(lambda: watched.units, "a picture")
            began = time.monotonic()
            await watched.session.close()
            assert time.monotonic() - began < 5
        await until_async(lambda: camera.open == 0, "the connection is gone")


async def test_a_question_grown_old_is_answered_anew() -> None:
    camera = ScriptedCamera(login=("joe", "s3cret"), nonce_uses=1, session="1;timeout=1")
    async with camera, playing(camera, "joe", "s3cret") as watched:
        # Each sign of life is refused once, since its nonce has been used, and then taken.
        await until_async(
            lambda: [request.method for request in camera.let_in].count("GET_PARAMETER") >= 3, "signs of life", 20
        )
        assert not watched.run.done()


async def test_a_camera_that_asks_for_a_password_for_ever_is_not_answered_for_ever() -> None:
    for says_stale in (True, False):
        async with ScriptedCamera(login=("joe", "s3cret"), nonce_uses=0, says_stale=says_stale) as camera:
            assert (await fault_of(camera, 10, "joe", "s3cret")).code == "unauthorized"
            assert len(camera.requests) <= 3, camera.methods()
    async with ScriptedCamera(login=("joe", "s3cret")) as camera:
        assert (await fault_of(camera, 10, "joe", "wrong")).code == "unauthorized"
        assert len(camera.requests) == 2, camera.methods()
        assert (await fault_of(camera)).code == "unauthorized"


async def test_signs_of_life_are_of_the_kind_that_the_camera_knows() -> None:
    for public, kind in (("OPTIONS, DESCRIBE, SETUP, PLAY", "OPTIONS"), ("OPTIONS, GET_PARAMETER", "GET_PARAMETER")):
        camera = ScriptedCamera(public=public, session="77;timeout=1;x=y", statuses={"GET_PARAMETER": "501 No"})
        async with camera, playing(camera) as watched:
            before = len(camera.requests)
            await until_async(lambda camera=camera, before=before: len(camera.requests) >= before + 3, "life", 20)
            assert set(camera.methods()[before:]) == {kind}
            assert {request.headers["session"] for request in camera.requests[before:]} == {"77"}
            assert not watched.run.done()


async def test_a_camera_may_choose_other_channels_and_not_another_way() -> None:
    async with ScriptedCamera(channel=4) as camera, playing(camera) as watched:
        await until_async(lambda: len(watched.units) >= 3, "pictures on its own channel")
    async with ScriptedCamera(transport="RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001") as camera:
        assert (await fault_of(camera)).code == "unsupported"
        assert "PLAY" not in camera.methods()
    async with ScriptedCamera(statuses={"SETUP": "461 Unsupported Transport"}) as camera:
        assert (await fault_of(camera)).code == "unsupported"


async def test_packets_as_large_as_can_be_and_line_ends_in_between_change_nothing() -> None:
    clip = make_clip(5, width=1920, height=1080)
    noise = b"$\x07\xff\xff" + bytes(65_535) + b"\r\n"
    async with ScriptedCamera(clip, packet_bytes=65_000, between=noise) as camera, playing(camera) as watched:
        await until_async(lambda: len(watched.units) >= 10, "pictures", 20)
        assert watched.session.missing == 0


async def test_times_go_on_where_the_camera_s_counter_wraps() -> None:
    async with ScriptedCamera(first_stamp=2**32 - 9_000) as camera, playing(camera) as watched:
        await until_async(lambda: len(watched.units) >= 60, "pictures")
        steps = {later.pts - earlier.pts for earlier, later in zip(watched.units, watched.units[1:], strict=False)}
        assert steps == {40_000}


async def test_pictures_that_come_out_of_order_are_shown_in_order() -> None:
    pictures: list[Picture] = []
    order = Order(Options(60, 720, 80), frozenset({"jpeg"}))
    clip = make_clip(b_pictures=2)
    assert [ticks for _, ticks in clip.units] != sorted(ticks for _, ticks in clip.units), "none is out of order"
    with ThreadPoolExecutor(1) as pool:
        painter = Painter(pool, "h264", lambda: order, pictures.append, lambda _: None)
        async with ScriptedCamera(clip, fps=50) as camera, playing(camera) as watched:
            await until_async(lambda: len(watched.units) >= 40, "pictures", 20)
            for unit in watched.units[:40]:
                painter.add(unit)
                await until_async(lambda: not painter._busy, "it is painted")  # pyright: ignore[reportPrivateUsage]
    shown = [int(np.asarray(cv2.imdecode(np.frombuffer(each.data, np.uint8), 0)).mean()) for each in pictures]
    assert len(shown) >= 20
    assert shown == sorted(shown), "an earlier picture came after a later one"


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        ("x" * 1_000_000, "malformed"),
        ("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control://[x\r\n", "malformed"),
        (f"v=0\r\nm=video 0 RTP/AVP {'9' * 5000}\r\n", "unsupported"),
        ("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n", "unsupported"),
    ],
)
async def test_a_description_that_is_none_ends_in_a_code(sdp: str, code: str) -> None:
    async with ScriptedCamera(sdp=sdp) as camera:
        assert (await fault_of(camera)).code == code


@pytest.mark.parametrize("header", ["Content-Base", "X-More", "Session", "Transport"])
async def test_headers_of_thousands_of_digits_end_in_a_code_or_not_at_all(header: str) -> None:
    digits = "9" * 5_000
    session, transport = (digits if header == name else "" for name in ("Session", "Transport"))
    camera = ScriptedCamera(
        headers={header: digits} if header not in {"Session", "Transport"} else {},
        session=f"1;timeout={session or 60}",
        transport=f"RTP/AVP/TCP;interleaved={transport}-1" if transport else "",
    )
    async with camera:
        session_ = session_of(camera, [])
        with contextlib.suppress(CameraError):
            await session_.open(10)
        await session_.close()


def link(heard: list[tuple[int, bytes]], ended: list[CameraError]) -> RtspLink:
    return RtspLink(lambda channel, packet: heard.append((channel, packet)), ended.append)


def interleaved(body: bytes) -> bytes:
    return b"$\x00" + len(body).to_bytes(2, "big") + body


pieces = st.lists(
    st.one_of(
        st.binary(max_size=80),
        st.binary(max_size=80).map(interleaved),
        st.sampled_from(
            [b"RTSP/1.0 200 OK\r\n", b"CSeq: 1\r\n", b"CSeq: " + b"9" * 5000, b"Content-Length: 5\r\n", b"\r\n\r\n"]
        ),
    ),
    max_size=20,
)


@settings(max_examples=200)
@given(pieces)
async def test_any_bytes_of_a_camera_s_end_in_a_code_or_in_packets(data: list[bytes]) -> None:
    heard: list[tuple[int, bytes]] = []
    ended: list[CameraError] = []
    target = link(heard, ended)
    for piece in data:
        target.data_received(piece)
    assert len(ended) <= 1
    assert {error.code for error in ended} <= {"malformed"}


@settings(max_examples=100)
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=20), st.integers(1, 700))
async def test_packets_are_cut_out_of_pieces_of_any_size(packets: list[bytes], size: int) -> None:
    heard: list[tuple[int, bytes]] = []
    target = link(heard, [])
    stream = b"".join(b"$\x02" + len(packet).to_bytes(2, "big") + packet for packet in packets)
    for at in range(0, len(stream), size):
        target.data_received(stream[at : at + size])
    assert heard == [(2, packet) for packet in packets]


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(["m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=rtpmap:96 H265/0", "m=video"]),
            st.builds("a=control:{}".format, st.text(max_size=20)),
            st.builds("a=fmtp:96 sprop-parameter-sets={};config={}".format, st.text(max_size=20), st.text(max_size=9)),
        ),
        max_size=12,
    )
)
def test_any_description_is_read_or_refused(lines: list[str]) -> None:
    with contextlib.suppress(CameraError):
        read_sdp("\r\n".join(lines), "rtsp://cam/live").reader()


async def decoded(media: str, units: list[bytes]) -> list[Picture]:
    """What comes of access units that a camera may send."""
    pictures: list[Picture] = []
    done: list[float] = []
    order = Order(Options(60, 720, 80), frozenset({"jpeg"}))
    with ThreadPoolExecutor(1) as pool:
        painter = Painter(pool, media, lambda: order, pictures.append, done.append)  # pyright: ignore[reportArgumentType]
        for number, data in enumerate(units):
            painter.add(AccessUnit(data, key=True, pts=number * 40_000, arrived=number / 25))
            await until_async(lambda number=number: len(done) > number or not painter._busy, "it was tried")  # pyright: ignore[reportPrivateUsage]
        painter.close()
    return pictures


@settings(max_examples=25, deadline=None)
@given(st.data())
async def test_parameter_sets_of_any_content_harm_only_their_own_pictures(data: st.DataObject) -> None:
    [nals, *_] = [nals for nals, _ in make_clip().units]
    changed = [bytearray(nal) for nal in nals]
    for nal in changed:
        if nal[0] & 0x1F in {7, 8}:
            for place in data.draw(st.lists(st.integers(1, len(nal) - 1), max_size=6)):
                nal[place] = data.draw(st.integers(0, 255))
    whole = b"".join(b"\0\0\0\1" + nal for nal in nals)
    pictures = await decoded("h264", [b"".join(b"\0\0\0\1" + bytes(nal) for nal in changed), whole, whole, whole])
    assert pictures, "good pictures after a bad one are shown no more"


async def test_a_camera_that_changes_between_its_parameter_sets_is_shown_all_the_time() -> None:
    """Two encoders by turns, each second the other one, whose sets are numbered 0 and 1 and are told of in the description alone."""
    clips = [make_clip(50, number=number) for number in range(2)]
    units = [clips[place // 25].units[place] for place in range(50)]
    bare = [([nal for nal in nals if nal[0] & 0x1F not in {7, 8}], ticks) for nals, ticks in units]
    sets = ",".join(b64encode(nal).decode() for clip in clips for nal in clip.parameter_sets)
    sdp = (
        "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:track1\r\n"
    )
    async with ScriptedCamera(Clip(bare, "H264"), sdp=sdp) as camera, playing(camera) as watched:
        await until_async(lambda: len(watched.units) >= 100, "pictures", 20)
        pictures = await decoded("h264", [unit.data for unit in watched.units[:100]])
    shown = [int(np.asarray(cv2.imdecode(np.frombuffer(each.data, np.uint8), 0)).mean()) for each in pictures]
    wanted = [(4 + 4 * (place % 50)) * 255 / 219 for place in range(100)]
    assert len(shown) == 100
    assert max(abs(found - bright) for found, bright in zip(shown, wanted, strict=True)) < 6


async def test_a_picture_larger_than_any_camera_s_is_not_made_room_for() -> None:
    small, wide = make_clip(2), make_clip(2, width=16_384, height=2_176)
    unit = b"".join(b"\0\0\0\1" + nal for nal in wide.units[0][0])
    good = b"".join(b"\0\0\0\1" + nal for nal in small.units[0][0])
    pictures = await decoded("h264", [unit, good, good])
    assert {(picture.width, picture.height) for picture in pictures} == {(320, 180)}

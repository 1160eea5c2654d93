"""Cameras that speak TLS: one whose certificate is not what it should be is told nothing, and no password least of all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.camera import FakeCamera
from kit.feeds import register
from kit.http_camera import HttpCamera
from kit.scripted_camera import ScriptedCamera
from kit.tls import fingerprint, make_camera_certificates, server_context
from kit.video import VideoProcess, Watcher
from kit.waiting import until_async

from windsock.shared.feeds import FeedState, FeedUrl, Kind
from windsock.shared.settings import Settings
from windsock.video.http import HttpSession
from windsock.video.rtsp import AccessUnit, CameraError, RtspSession
from windsock.video.tls import Authorities, BadAuthorities, Trust

AnyCamera = ScriptedCamera | HttpCamera


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_camera_certificates(folder)
    return folder


def camera_of(scheme: str, certificates: Path, name: str) -> AnyCamera:
    context = server_context(certificates, name)
    return ScriptedCamera(tls=context) if scheme == "rtsps" else HttpCamera(tls=context)


async def first_picture(scheme: str, camera: AnyCamera, trust: Trust) -> AccessUnit:
    """Open a session, and wait for what it brings."""
    came: asyncio.Queue[AccessUnit] = asyncio.Queue()
    url = FeedUrl(scheme, "127.0.0.1", camera.port, "/live", "joe", "s3cretpass")
    session = (RtspSession if scheme == "rtsps" else HttpSession)(url, "127.0.0.1", trust, came.put_nowait)
    run: asyncio.Task[None] | None = None
    try:
        await session.open(10)
        run = asyncio.create_task(session.run(10))
        return await asyncio.wait_for(came.get(), 10)
    finally:
        await session.close()
        if run is not None:
            run.cancel()
            with contextlib.suppress(CameraError, asyncio.CancelledError):
                await run


@pytest.mark.parametrize("scheme", ["rtsps", "https"])
@pytest.mark.parametrize(
    ("name", "known", "why"),
    [
        ("signed", False, "authority"),
        ("itself", True, "signed by itself"),
        ("elsewhere", True, "another address"),
        ("expired", True, "expired"),
    ],
)
async def test_a_certificate_that_proves_nothing_is_refused_before_a_word_is_said(
    certificates: Path, scheme: str, name: str, known: bool, why: str
) -> None:
    trust = Trust(Authorities(certificates / "ca.crt" if known else None))
    async with camera_of(scheme, certificates, name) as camera:
        with pytest.raises(CameraError) as fault:
            await first_picture(scheme, camera, trust)
        assert camera.requests == []
    assert fault.value.code == "untrusted"
    assert fault.value.lasting
    assert why in fault.value.message


@pytest.mark.parametrize("scheme", ["rtsps", "https"])
async def test_a_certificate_of_an_authority_that_a_setting_names_is_taken(certificates: Path, scheme: str) -> None:
    async with camera_of(scheme, certificates, "signed") as camera:
        assert await first_picture(scheme, camera, Trust(Authorities(certificates / "ca.crt")))


@pytest.mark.parametrize("scheme", ["rtsps", "https"])
async def test_the_very_certificate_that_is_named_is_taken_and_no_other(certificates: Path, scheme: str) -> None:
    named = fingerprint(certificates, "itself")
    for said in (named, named.lower().replace(":", ""), f"sha256:{named}"):
        async with camera_of(scheme, certificates, "itself") as camera:
            assert await first_picture(scheme, camera, Trust.of(Authorities(None), {"certificate": said}))
    for name, said in (("expired", named), ("itself", "ANYTHING"), ("itself", named[:-1])):
        async with camera_of(scheme, certificates, name) as camera:
            with pytest.raises(CameraError) as fault:
                await first_picture(scheme, camera, Trust.of(Authorities(None), {"certificate": said}))
            assert fault.value.code == "untrusted"
            assert camera.requests == []


@pytest.mark.parametrize("scheme", ["rtsps", "https"])
async def test_a_camera_that_speaks_no_tls_is_told_nothing(certificates: Path, scheme: str) -> None:
    async with FakeCamera("garbage") as camera:
        target = ScriptedCamera()
        target.port = camera.port
        with pytest.raises(CameraError) as fault:
            await first_picture(scheme, target, Trust(Authorities(certificates / "ca.crt")))
        assert camera.requests == []
    assert fault.value.code in {"unreachable", "timeout"}


def test_a_file_that_holds_no_certificates_is_told_at_the_start(tmp_path: Path) -> None:
    for text in (None, "nothing"):
        file = tmp_path / "authorities.pem"
        if text is not None:
            file.write_text(text)
        with pytest.raises(BadAuthorities, match="WINDSOCK_VIDEO_CA_FILE"):
            Authorities(file)


async def settled(watcher: Watcher, stream: str) -> FeedState:
    """How a feed is once that is clear."""

    def clear() -> bool:
        state = watcher.last(stream)
        return state is not None and state.state.value in {"live", "failed"}

    await until_async(clear, f"{stream} is live or failed", 20)
    state = watcher.last(stream)
    assert state is not None
    return state


async def test_the_panel_is_told_whose_certificate_is_refused_and_whose_is_not_checked(
    make_settings: Callable[..., Settings], tmp_path: Path, certificates: Path
) -> None:
    settings = make_settings()
    async with (
        ScriptedCamera(tls=server_context(certificates, "itself")) as itself,
        ScriptedCamera(tls=server_context(certificates, "signed")) as signed,
    ):
        place = f"rtsps://joe:s3cretpass@127.0.0.1:{itself.port}/live"
        with VideoProcess(settings.redis_url, tmp_path / "log", video_ca_file=certificates / "ca.crt"):
            await register(settings, refused=place, signed=f"rtsps://127.0.0.1:{signed.port}/live")
            await register(settings, {"certificate": "any"}, blind=place)
            await register(settings, {"certificate": fingerprint(certificates, "itself")}, pinned=place)
            wishes: list[tuple[str, Kind]] = [(name, "video") for name in ("refused", "signed", "blind", "pinned")]
            async with Watcher(settings, *wishes) as watcher:
                states = {name: await settled(watcher, name) for name, _ in wishes}
            told = b"".join(state.pack() for _, state in watcher.states)
        assert {name: (state.state.value, state.code) for name, state in states.items()} == {
            "refused": ("failed", "untrusted"),
            "signed": ("live", ""),
            "blind": ("live", "unverified"),
            "pinned": ("live", ""),
        }
        assert "not checked" in states["blind"].why
        assert b"s3cretpass" not in told + (tmp_path / "log").read_bytes()


async def test_what_is_said_of_one_camera_s_certificate_is_said_of_no_other_it_redirects_to(
    make_settings: Callable[..., Settings], tmp_path: Path, certificates: Path
) -> None:
    settings = make_settings()
    context = server_context(certificates, "itself")
    async with ScriptedCamera(tls=context) as other, ScriptedCamera(tls=context) as camera:
        camera.statuses["DESCRIBE"] = "302 Found"
        camera.headers["Location"] = f"rtsps://127.0.0.1:{other.port}/live"
        with VideoProcess(settings.redis_url, tmp_path / "log"):
            await register(settings, {"certificate": "any"}, door=f"rtsps://127.0.0.1:{camera.port}/live")
            async with Watcher(settings, ("door", "video")) as watcher:
                state = await settled(watcher, "door")
        assert (state.state.value, state.code) == ("failed", "untrusted")
        assert camera.requests
        assert other.requests == []


async def test_a_camera_whose_tls_breaks_off_is_asked_again(
    make_settings: Callable[..., Settings], tmp_path: Path, certificates: Path
) -> None:
    settings = make_settings()
    own = {"video_http": "true", "video_ca_file": str(certificates / "ca.crt")}
    async with HttpCamera("untls", tls=server_context(certificates, "signed")) as camera:
        with VideoProcess(settings.redis_url, tmp_path / "log", **own):
            await register(settings, door=camera.url())
            async with Watcher(settings, ("door", "jpeg")) as watcher:
                await until_async(lambda: len(camera.requests) >= 3, "it is asked again and again", 40)
                await until_async(lambda: watcher.told("door").count("live") >= 2, "it is live again", 20)
                codes = {state.code for _, state in watcher.states if state.state.value == "failed"}
                assert codes == {"closed"}
                assert len({frame.epoch for _, frame in watcher.frames}) == 1, "its runner had ended"
    assert "should not have" not in (tmp_path / "log").read_text()

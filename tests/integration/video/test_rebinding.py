"""A name that leads to one place when it is checked and to another when it is connected to: the place that was checked is connected to."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from kit.camera import FakeCamera
from kit.http_camera import HttpCamera
from kit.scripted_camera import ScriptedCamera

from windsock.shared.feeds import FeedUrl
from windsock.shared.settings import load_settings
from windsock.video.guard import Guard
from windsock.video.http import HttpSession
from windsock.video.rtsp import CameraError, RtspSession
from windsock.video.tls import Authorities, Trust

TRUST = Trust(Authorities(None))
NAME = "camera.example"


class Rebinding:
    """A name server that changes its mind: the first answer is an address that is allowed, all others are not."""

    def __init__(self) -> None:
        self.asked = 0
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != NAME:
            return self._real(host, port, *more, **named)
        self.asked += 1
        return self._real("127.0.0.1" if self.asked == 1 else "127.0.0.2", port, *more, **named)


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
async def test_the_address_that_was_checked_is_connected_to(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    names = Rebinding()
    monkeypatch.setattr(socket, "getaddrinfo", names)
    guard = Guard(load_settings(video_networks="127.0.0.1/32"))
    async with ScriptedCamera() if scheme == "rtsp" else HttpCamera() as camera:
        url = FeedUrl(scheme, NAME, camera.port, "/live")
        address = await guard.address(url, 5)
        session = (RtspSession if scheme == "rtsp" else HttpSession)(url, address, TRUST, lambda _: None)
        await session.open(10)
        await session.close()
        assert camera.requests, "the camera at the address that was checked was not asked"
        assert names.asked == 1, "the name was looked up again"
        # And the next connect begins with another check.
        with pytest.raises(CameraError) as refused:
            await guard.address(url, 5)
    assert refused.value.code == "forbidden"
    guard.close()


async def test_a_name_that_leads_to_both_is_taken_at_the_address_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.getaddrinfo

    def both(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != NAME:
            return real(host, port, *more, **named)
        return real("127.0.0.2", port, *more, **named) + real("127.0.0.1", port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", both)
    guard = Guard(load_settings(video_networks="127.0.0.1/32"))
    async with FakeCamera() as camera:
        assert await guard.address(FeedUrl("rtsp", NAME, camera.port, "/live"), 5) == "127.0.0.1"
        assert camera.connections == 0
    guard.close()

"""Where our own services are is known before anybody is let through, whoever else asks at the same time."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from windsock.shared.feeds import FeedUrl
from windsock.shared.settings import load_settings
from windsock.video.guard import Guard
from windsock.video.rtsp import CameraError

WEB = "172.18.0.5"
PLACES = {"web": WEB, "evil.example": WEB, "cam.example": "192.0.2.7"}


@pytest.fixture
def web_is_known() -> threading.Event:
    """Set once the name server answers where `web` is."""
    return threading.Event()


@pytest.fixture
def guard(web_is_known: threading.Event, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    def look_up(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host == "web":
            web_is_known.wait(20)
        if host not in PLACES:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PLACES[host], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    made = Guard(load_settings())
    yield made
    web_is_known.set()
    made.close()


async def asked(guard: Guard, host: str) -> str:
    try:
        return await guard.address(FeedUrl("rtsp", host, 554, "/", "", ""), 20.0)
    except CameraError as error:
        return error.code


async def test_who_asks_while_another_asks_is_checked_as_well(guard: Guard, web_is_known: threading.Event) -> None:
    asking = [asyncio.create_task(asked(guard, host)) for host in ("10.9.9.9", "evil.example", "cam.example")]
    done, _ = await asyncio.wait(asking, timeout=0.2)
    assert not done, "nobody is let through yet"
    web_is_known.set()
    assert await asyncio.gather(*asking) == ["10.9.9.9", "forbidden", "192.0.2.7"]


async def test_a_name_server_that_fails_takes_nothing_back(
    guard: Guard, web_is_known: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    web_is_known.set()
    monkeypatch.setattr("windsock.video.guard.OWN_SECONDS", 0.0)
    assert await asked(guard, WEB) == "forbidden"

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert await asked(guard, WEB) == "forbidden", "where it was is not forgotten"
    assert await asked(guard, "cam.example") == "unreachable"


async def test_one_who_gives_up_leaves_the_check_to_the_next(guard: Guard, web_is_known: threading.Event) -> None:
    first = asyncio.create_task(asked(guard, "10.9.9.9"))
    await asyncio.wait([first], timeout=0.2)
    first.cancel()
    await asyncio.wait([first])
    web_is_known.set()
    assert await asked(guard, "evil.example") == "forbidden"

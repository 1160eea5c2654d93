"""What requests bring along: who may not do what is asked is told so before the body is read, and who may sends a bounded one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from kit.relay import RunningRelay, running_relay
from prometheus_client import REGISTRY

from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]
KEY = "open sesame"
PATHS = ["/v1/alerts/rules/cpu", "/v1/feeds/door", "/v1/boards/mine"]


async def begun(web: RunningRelay, path: str, headers: str, body: bytes) -> bytes:
    """What is answered to a request that has begun and never ends: whoever waits for its end never answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    head = f"PUT {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n"
    try:
        writer.write(f"{head}{headers}\r\n".encode() + b"%x\r\n%b\r\n" % (len(body), body))
        answer = await asyncio.wait_for(reader.readuntil(b"}}"), 10)
    finally:
        writer.transport.abort()
    return answer


def refused(code: str) -> float:
    return REGISTRY.get_sample_value("windsock_bodies_refused_total", {"code": code}) or 0


@pytest.mark.parametrize("path", PATHS)
async def test_who_has_no_key_is_refused_before_the_body_is_read(make_settings: MakeSettings, path: str) -> None:
    async with running_relay(make_settings(publish_key=KEY)) as web:
        answer = await begun(web, path, "", b" ")
        assert answer.startswith(b"HTTP/1.1 401"), answer
        assert b"unauthorized" in answer


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_that_does_not_end_is_refused_at_its_bound(make_settings: MakeSettings, path: str) -> None:
    async with running_relay(make_settings(publish_key=KEY, max_board=64 * 1024)) as web:
        before = refused("too_large")
        answer = await begun(web, path, f"authorization: Bearer {KEY}\r\n", b" " * (64 * 1024 + 1))
        assert answer.startswith(b"HTTP/1.1 413"), answer
        assert b"too_large" in answer
        assert b"connection: close" in answer, "what is left of it is not waited for"
        assert refused("too_large") == before + 1, "and it is counted"


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_no_json_is_refused(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.put(path, content=b"{")).status_code == 422
    answer = await http.put(path, content=b"a=b", headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_media"


async def test_a_refusal_does_not_repeat_a_cameras_password(http: httpx.AsyncClient) -> None:
    for url in ("rtsp://joe:s3cretpass@cam/" + "x" * 2048, ["rtsp://joe:s3cretpass@cam/"]):
        answer = await http.put("/v1/feeds/door", json={"url": url})
        assert answer.status_code == 422
        assert answer.json()["error"]["message"].startswith("url: "), answer.text
        assert "s3cretpass" not in answer.text


async def test_the_bodies_are_described(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/v1/openapi.json")).json()["paths"]
    rule = paths["/v1/alerts/rules/{stream}"]["put"]["requestBody"]["content"]["application/json"]
    assert {"above", "below", "silent", "hold"} == set(rule["schema"]["properties"])
    assert "required" not in rule["schema"], "each part of a rule may be left out"
    camera = paths["/v1/feeds/{stream}"]["put"]["requestBody"]["content"]["application/json"]
    assert camera["schema"]["required"] == ["url"]
    assert camera["example"]["url"] in (await http.get("/v1/docs")).text

"""Who knocks at the wrong TCP port: told which one is right, in its own language, and nothing that it sends is taken."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kit.tcp_ports import TcpPorts


def asked(port: int, body: bytes | None, kind: str = "text/plain") -> tuple[int, dict[str, Any]]:
    """What a program that speaks HTTP gets."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/messages", body, {"Content-Type": kind})
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(request, timeout=10)
    with told.value as answer:
        return answer.code, json.load(answer)["error"]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("body", [None, b'{"id": "s", "value": 1}', b'\n\n{"id": "s", "value": 1}\n' * 30_000])
async def test_http_is_answered_as_http_and_its_body_is_not_taken(
    ports: TcpPorts, large: bool, body: bytes | None
) -> None:
    """A web page of anybody's could else publish by its visitors' browsers, which may send such requests unasked."""
    status, error = await asyncio.to_thread(asked, ports.port(large=large), body)
    assert (status, error["code"]) == (400, "malformed")
    assert f"HTTP is at port {ports.settings.http_port}" in error["message"]
    assert await ports.broker.streams() == []


async def test_a_message_that_follows_in_a_later_packet_is_not_taken_either(ports: TcpPorts) -> None:
    browser = await ports.connect()
    await browser.send(b"POST / HTTP/1.1\r\n")
    assert (await browser.text()).startswith("HTTP/1.1 400 ")
    await browser.send(b'\r\n{"id": "s", "value": 1}')
    publisher = await ports.connect_with_acks()
    await publisher.send({"id": "other", "value": 1})
    await publisher.ack(1)
    assert list(await ports.broker.streams()) == ["other"]


async def test_text_on_the_port_for_letters_is_sent_to_the_other_one(ports: TcpPorts) -> None:
    publisher = await ports.connect(large=True)
    await publisher.send({"id": "s", "value": 1}, {"id": "s", "value": 2})
    (line,) = await publisher.lines()
    assert line["error"]["code"] == "malformed"
    assert f"goes to port {ports.settings.tcp_port}" in line["error"]["message"]


@pytest.mark.parametrize("large", [False, True])
async def test_tls_is_told_that_it_is_none(ports: TcpPorts, large: bool) -> None:
    publisher = await ports.connect(large=large)
    await publisher.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(507))
    (line,) = await publisher.lines()
    assert (line["error"]["code"], "TLS" in line["error"]["message"]) == ("malformed", True)


async def test_words_that_only_resemble_a_method_are_an_error_like_any_other(ports: TcpPorts) -> None:
    publisher = await ports.connect()
    await publisher.send(b'GETTING {"id": "s", "value": 1}')
    line = await publisher.line()
    assert line is not None
    assert line["error"]["index"] == 1
    assert await ports.wait_for("s", 1) == [1]

"""Limits of the HTTP port: past each a status and a code, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from kit.http_port import HttpPort
from kit.valkey import ValkeyProcess
from kit.waiting import until_async

from windsock.ingest_http import watched
from windsock.shared.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = {"id": "s", "value": 1}


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/x-www-form-urlencoded", b"id=s&value=1", 415, "unsupported_media"),
        ("multipart/form-data; boundary=x", b'{"id":"s","value":1}', 415, "unsupported_media"),
        ("image/png", b"\x89PNG", 415, "unsupported_media"),
        ("application/xml", b"<id>s</id>", 415, "unsupported_media"),
        ("application/json", b"<id>s</id>", 400, "malformed"),
        ("application/json", b"", 400, "malformed"),
        ("application/json", b"5", 400, "malformed"),
        ("application/x-ndjson", b"\n\n", 400, "malformed"),
        (None, b"what", 400, "malformed"),
    ],
)
async def test_what_is_no_json_is_refused_as_a_whole(
    port: HttpPort, content_type: str | None, body: bytes, status: int, code: str
) -> None:
    answer = await port.post(body, content_type=content_type)
    assert (answer.status, answer.code) == (status, code)


async def test_what_is_no_http_is_told_where_it_belongs(port: HttpPort) -> None:
    client = await port.connect()
    await client.send(json.dumps(GOOD).encode() + b"\n")
    answer = await client.answer()
    assert (answer.status, answer.code) == (400, "malformed")
    assert f"port {port.settings.tcp_port}" in answer.json["error"]["message"]
    assert await client.ended()


async def test_who_looks_for_the_board_is_told_where_it_is(port: HttpPort) -> None:
    answer = await port.request("GET", "/v1/streams")
    assert (answer.status, answer.code) == (404, "not_found")
    assert f"port {port.settings.web_port}" in answer.json["error"]["message"]


async def test_a_compressed_body_is_refused(port: HttpPort) -> None:
    answer = await port.post(GOOD, content_encoding="gzip")
    assert (answer.status, answer.code) == (415, "unsupported_media")


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(
    make_port: Callable[..., HttpPort],
) -> None:
    async with make_port(max_large_message=10_000, max_message=10_000) as port:
        answer = await port.post(b" " * 20_000)
        assert (answer.status, answer.code) == (413, "too_large")
        client = await port.connect()
        await client.send(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"1000\r\n%b\r\n" % (b" " * 4096) * 8
        )
        await client.send(b"0\r\n\r\n")
        answer = await client.answer()
        assert (answer.status, answer.code) == (413, "too_large")
        assert await client.ended()
        assert (await port.post(GOOD)).status == 202


@pytest.mark.parametrize("separator", [b",", b"\n", b""])
async def test_too_many_messages_in_one_body_are_refused_together(
    make_port: Callable[..., HttpPort], separator: bytes
) -> None:
    async with make_port(max_batch=100) as port:
        for count, status in ((100, 202), (101, 413), (200_000, 413)):
            body = separator.join([b'{"id":"s","value":1}'] * count)
            answer = await port.post(b"[" + body + b"]" if separator == b"," else body)
            assert answer.status == status
        assert len(await port.rows("s")) == 100


async def test_more_bodies_than_may_be_in_memory_are_told_to_come_back(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(max_unfinished=100_000) as port:
        slow = await port.connect()
        await slow.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + b" " * 90_000)

        async def refused() -> bool:
            answer = await port.post(b" " * 70_000 + json.dumps(GOOD).encode())
            if answer.status == 202:
                return False  # the slow one's bytes are not all in yet
            assert (answer.status, answer.code, answer.headers["retry-after"]) == (429, "too_many_requests", "1")
            return True

        await until_async(refused, "it is told to come back")
        await slow.close()

        async def accepted() -> bool:
            return (await port.post(b" " * 70_000 + json.dumps(GOOD).encode())).status == 202

        await until_async(accepted, "there is room again")


async def test_a_request_that_comes_in_drop_by_drop_is_cut_off(port: HttpPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "GRACE_SECONDS", 0.3)
    starts = [
        b"",
        b"POST / HTTP/1.1\r\nHost: loc",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{",
    ]
    clients = [await port.connect() for _ in starts]
    for client, start in zip(clients, starts, strict=True):
        await client.send(start)
    for client in clients:
        with contextlib.suppress(ConnectionResetError):
            assert await client.ended()
    assert (await port.post(GOOD)).status == 202


async def test_headers_without_end_are_cut_off(port: HttpPort) -> None:
    client = await port.connect()
    with contextlib.suppress(ConnectionError):
        await client.send(b"POST / HTTP/1.1\r\n")
        for number in range(2000):
            await client.send(b"x-%d: %b\r\n" % (number, b"y" * 1000))
        assert await client.ended()
    assert (await port.post(GOOD)).status == 202


async def test_connections_over_the_limit_are_told_so(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(max_connections=3) as port:
        kept = [await port.connect() for _ in range(3)]
        body = json.dumps(GOOD).encode()
        request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        for client in kept:
            await client.send(request)
            assert (await client.answer()).status == 202
        answer = await port.post(GOOD)
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "too_many_connections", "1")
        await kept[0].close()

        async def accepted() -> bool:
            return (await port.post(GOOD)).status == 202

        await until_async(accepted, "a place is free")


async def test_while_the_broker_is_away_publishers_are_told_to_come_back(valkey: ValkeyProcess) -> None:
    async with HttpPort(load_settings(redis_url=valkey.url), patience=0.5) as port:
        assert (await port.post(GOOD)).status == 202
        valkey.kill()
        answer = await port.post(GOOD)
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "unavailable", "1")
        await until_async(lambda: port.watch.problem is not None, "the broker is missed")
        began = asyncio.get_running_loop().time()
        assert (await port.post(GOOD)).status == 503
        assert asyncio.get_running_loop().time() - began < 0.4, "what could only wait in vain is refused at once"
        assert (await port.request("GET", "/readyz")).status == 503
        valkey.start()

        async def accepted() -> bool:
            return (await port.post(GOOD)).status == 202

        await until_async(accepted, "the broker is found again")
        assert len(await port.rows("s")) >= 1


async def test_what_was_not_stored_while_the_broker_was_away_is_stored_when_it_is_sent_again() -> None:
    with ValkeyProcess(persistent=True) as valkey:
        async with HttpPort(load_settings(redis_url=valkey.url), patience=0.1) as port:
            assert (await port.post(GOOD | {"name": "old"})).status == 202
            renamed = GOOD | {"name": "new", "legend": ["a"]}
            valkey.kill()
            assert (await port.post(renamed)).status == 503
            valkey.start()

            async def accepted() -> bool:
                return (await port.post(renamed)).status == 202

            await until_async(accepted, "the broker is found again")
            assert await port.spec("s") == {"type": "line", "name": "new", "legend": ["a"]}
            assert len(await port.rows("s")) == 2


async def test_a_client_that_leaves_in_the_middle_hurts_nobody(port: HttpPort) -> None:
    for _ in range(20):
        client = await port.connect()
        await client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
        await client.close()
    assert (await port.post(GOOD)).status == 202

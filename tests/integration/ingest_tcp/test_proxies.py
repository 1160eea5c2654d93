"""Behind a trusted proxy the publisher's own address counts; nobody else can claim one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from windsock.ingest_tcp.proxied import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from kit.tcp_ports import TcpPorts

HEADER_1 = b"PROXY TCP4 192.0.2.7 192.0.2.1 1234 8010\r\n"
HEADER_2 = SIGNATURE + b"\x21\x11\x00\x0c" + bytes([192, 0, 2, 8]) + bytes([192, 0, 2, 1]) + b"\x04\xd2\x1f\x4a"


async def test_messages_behind_a_header_are_taken_however_they_are_cut(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(trusted_proxies=["127.0.0.1"]) as ports:
        for header in (HEADER_1, HEADER_2):
            publisher = await ports.connect()
            for byte in header + b'{"hello": {"ack": true}}':
                await publisher.send(bytes([byte]))
            assert await publisher.line() == {"ack": 0}
            await publisher.send({"id": "s", "value": 1})
            await publisher.ack(1)
        letters = await ports.connect(large=True)
        await letters.send(HEADER_2)
        await letters.send_letters({"hello": {"ack": True}}, {"id": "s", "value": 2})
        assert await letters.line() == {"ack": 0}
        await letters.ack(1)
        assert await ports.values("s") == [1, 1, 2]


async def test_a_trusted_proxy_must_send_one(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(trusted_proxies=["127.0.0.0/8"]) as ports:
        publisher = await ports.connect()
        await publisher.send({"id": "s", "value": 1})
        [line] = await publisher.lines()
        assert line["error"]["code"] == "malformed"
        assert "PROXY header" in line["error"]["message"]


async def test_a_stranger_cannot_claim_an_address(
    make_ports: Callable[..., TcpPorts], caplog: pytest.LogCaptureFixture
) -> None:
    async with make_ports(trusted_proxies=["10.0.0.0/8"]) as ports:
        publisher = await ports.connect()
        with caplog.at_level(logging.WARNING):
            await publisher.send(HEADER_1, {"id": "s", "value": 1})
            publisher.end()
            codes = {line["error"]["code"] for line in await publisher.lines()}
        assert codes == {"malformed"}
        assert {vars(record)["address"] for record in caplog.records if hasattr(record, "address")} == {"127.0.0.1"}


async def test_a_second_header_is_no_header(
    make_ports: Callable[..., TcpPorts], caplog: pytest.LogCaptureFixture
) -> None:
    async with make_ports(trusted_proxies=["127.0.0.1"]) as ports:
        publisher = await ports.connect()
        with caplog.at_level(logging.WARNING):
            await publisher.send(HEADER_2, HEADER_1, {"id": "s", "value": 1})
            publisher.end()
            assert {line["error"]["code"] for line in await publisher.lines()} == {"malformed"}
        assert {vars(record)["address"] for record in caplog.records if hasattr(record, "address")} == {"192.0.2.8"}


async def test_connections_are_limited_for_each_address_behind_the_proxy(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(trusted_proxies=["127.0.0.1"], max_connections_per_address=2) as ports:

        async def come(header: bytes) -> dict[str, object]:
            publisher = await ports.connect()
            await publisher.send(header, {"hello": {"ack": True}})
            line = await publisher.line()
            assert line is not None
            return line

        assert [await come(HEADER_1) for _ in range(2)] == [{"ack": 0}] * 2
        refused = (await come(HEADER_1))["error"]
        assert refused == {
            "code": "too_many_connections",
            "message": "there are 2 connections from 192.0.2.7 already",
        }
        assert await come(HEADER_2) == {"ack": 0}, "another address has its own"
        assert len(ports.small.connections) == 3


async def test_a_place_that_is_free_again_is_given(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(trusted_proxies=["127.0.0.1"], max_connections_per_address=1) as ports:
        for _ in range(3):
            publisher = await ports.connect()
            await publisher.send(HEADER_1, {"hello": {"ack": True}})
            assert await publisher.line() == {"ack": 0}
            publisher.end()
            assert await publisher.line() is None
        assert ports.small.of_address == {}


async def test_this_machine_s_own_programs_may_have_all_connections(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(max_connections_per_address=1) as ports:
        for _ in range(3):
            await ports.connect_with_acks()


async def test_the_log_names_the_publisher_not_the_proxy(
    make_ports: Callable[..., TcpPorts], caplog: pytest.LogCaptureFixture
) -> None:
    async with make_ports(trusted_proxies=["127.0.0.1"], publish_key="a good key") as ports:
        publisher = await ports.connect()
        with caplog.at_level(logging.WARNING):
            await publisher.send(HEADER_1, {"hello": {"key": "a wrong key"}})
            assert [line["error"]["code"] for line in await publisher.lines()] == ["unauthorized"]
        assert "tcp: refused from 192.0.2.7: hello: the publish key is wrong" in caplog.text

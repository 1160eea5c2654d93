"""Limits of the TCP ports: past each a stable code, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import TYPE_CHECKING, Any

from kit.waiting import until_async
from prometheus_client import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.tcp_ports import TcpPorts


def good(stream: str, value: float) -> dict[str, Any]:
    return {"id": stream, "value": value}


async def test_one_connection_too_many_is_told_and_closed_and_a_place_that_is_free_is_given(
    make_ports: Callable[..., TcpPorts],
) -> None:
    async with make_ports(max_connections=3) as ports:
        publishers = [await ports.connect_with_acks() for _ in range(3)]
        turned_away = await ports.connect()
        await turned_away.send(good("s", 1))
        assert [line["error"]["code"] for line in await turned_away.lines()] == ["too_many_connections"]
        other_port = await ports.connect_with_acks(large=True)
        await other_port.send_letters(good("other", 1))
        await other_port.ack(1)
        await publishers[0].close()
        await until_async(
            lambda: REGISTRY.get_sample_value("windsock_connections", {"way": "tcp"}) == 2, "the connection is gone"
        )
        late = await ports.connect_with_acks()
        await late.send(good("s", 2))
        await late.ack(1)
        assert await ports.values("s") == [2]


async def test_a_silent_connection_is_closed_and_a_talking_one_is_not(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(tcp_idle=0.5) as ports:
        silent, talking = await ports.connect(), await ports.connect_with_acks()
        ended = asyncio.create_task(silent.lines())
        count = 0
        while not ended.done():
            count += 1
            await talking.send(good("s", count))
            await talking.ack(count)
            await asyncio.sleep(0.05)
        assert await ended == []
        await talking.send(good("s", 0))
        await talking.ack(count + 1)


async def test_of_too_many_unfinished_messages_the_slowest_goes(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(max_unfinished=100_000) as ports:
        slow, fast = await ports.connect(large=True), await ports.connect_with_acks(large=True)
        await slow.send(struct.pack(">L", 90_000), b"{" * 80_000)
        await until_async(lambda: ports.large.unfinished == 80_000, "the slow one's bytes came")
        letter = json.dumps(good("s", 1) | {"name": "x", "unknown": "y" * 50_000}).encode()
        await fast.send(struct.pack(">L", len(letter)), letter[:40_000])
        assert [line["error"]["code"] for line in await slow.lines()] == ["too_many_requests"]
        await fast.send(letter[40_000:])
        assert await fast.ack(1) == []
        await until_async(lambda: ports.large.unfinished == 0, "nothing is held any more")


async def test_connections_are_kept_alive_and_hold_little(ports: TcpPorts) -> None:
    await ports.connect_with_acks()
    (connection,) = ports.small.connections
    peer = connection.socket
    assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 128 * 1024

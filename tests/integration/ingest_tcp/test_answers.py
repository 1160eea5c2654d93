"""What is answered over TCP: acknowledgements to those who asked, errors to those who listen, nothing that could hold anybody up."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.tcp_ports import TcpPorts


def good(stream: str, value: float) -> dict[str, Any]:
    return {"id": stream, "value": value}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (b"what? ", "malformed"),
        (b'{"id":"x","value":}', "malformed"),
        (b'{"id":"x","value":"much"}', "invalid"),
        (b'{"value":1}', "invalid"),
        (b'{"id":"x","value":1,"name":"' + b"x" * 5000 + b'"}', "too_large"),
        (b'{"id":"x","type":"custom","value":' + b"[" * 100 + b"]" * 100 + b"}", "too_deep"),
    ],
)
async def test_an_error_is_a_line_with_code_and_number_and_hurts_no_other_message(
    make_ports: Callable[..., TcpPorts], wrong: bytes, code: str
) -> None:
    async with make_ports(max_message=4096) as ports:
        publisher = await ports.connect()
        await publisher.send(good("s", 1), wrong, good("s", 2))
        line = await publisher.line()
        assert line is not None
        assert (line["error"]["code"], line["error"]["index"]) == (code, 2)
        assert await ports.wait_for("s", 2) == [1, 2]


async def test_nothing_is_answered_to_a_good_publisher_that_did_not_ask(ports: TcpPorts) -> None:
    publisher = await ports.connect()
    await publisher.send(good("s", 1), {"hello": {"ack": True}}, good("s", 2))
    publisher.end()
    (line,) = await publisher.lines()
    assert (line["error"]["code"], line["error"]["index"]) == ("invalid", 2), (
        "a greeting counts only as the first object"
    )
    assert await ports.values("s") == [1, 2]


async def test_acknowledgements_count_every_message_good_or_bad(ports: TcpPorts) -> None:
    publisher = await ports.connect_with_acks()
    await publisher.send(good("s", 1), b"{]}", {"id": "s", "value": [2]}, {"id": "new", "value": "x"})
    errors = await publisher.ack(4)
    assert [(error["index"], error["code"]) for error in errors] == [(2, "malformed"), (4, "invalid")]
    await publisher.send(b'{"id": tru}')
    assert [error["index"] for error in await publisher.ack(5)] == [5], "also when nothing is in flight"
    await publisher.send(good("s", 3))
    assert await publisher.ack(6) == []
    assert await ports.values("s") == [1, 2, 3]


async def test_a_refusal_that_is_found_late_comes_before_its_acknowledgement(
    make_ports: Callable[..., TcpPorts],
) -> None:
    async with make_ports(max_streams=1) as ports:
        publisher = await ports.connect_with_acks()
        await publisher.send(good("first", 1))
        await publisher.ack(1)
        await publisher.send(good("second", 2), good("first", 3))
        assert [(error["index"], error["code"]) for error in await publisher.ack(3)] == [(2, "too_many_streams")]
        assert await ports.values("first") == [1, 3]


async def test_what_is_acknowledged_is_in_history(ports: TcpPorts) -> None:
    publisher = await ports.connect_with_acks()
    for number in range(1, 60):
        await publisher.send(good("s", number))
        await publisher.ack(number)
        assert len(await ports.rows("s")) == number


async def test_who_ends_its_side_still_gets_its_acknowledgements(ports: TcpPorts) -> None:
    publisher = await ports.connect_with_acks()
    await publisher.send(*(good("s", number) for number in range(3000)), b'{"id":')
    publisher.end()
    lines = await publisher.lines()
    assert lines[-1] == {"ack": 3001}
    assert [line["error"]["code"] for line in lines if "error" in line] == ["malformed"], (
        "the unfinished object is told once"
    )
    assert len(await ports.rows("s")) == 3000


async def test_errors_are_told_ten_a_second_and_then_summed_up(ports: TcpPorts) -> None:
    publisher = await ports.connect()
    await publisher.send(*[b'{"id":"x","value":"bad"}'] * 500, good("s", 1))
    lines = [await publisher.line() for _ in range(11)]
    assert [line["error"].get("index") for line in lines if line] == [*range(1, 11), None]
    assert lines[-1] is not None
    assert "490 more" in lines[-1]["error"]["message"]
    assert await ports.wait_for("s", 1) == [1]


async def test_with_acknowledgements_every_error_is_told(ports: TcpPorts) -> None:
    publisher = await ports.connect_with_acks()
    await publisher.send(*[b'{"id":"x","value":"bad"}'] * 900)
    assert len(await publisher.ack(900)) == 900


async def test_a_publisher_that_never_reads_is_not_blocked_by_its_errors(ports: TcpPorts) -> None:
    wrong = b'{"id":"x","value":"' + b"bad " * 20 + b'"}'

    def publish() -> None:
        with socket.create_connection(("127.0.0.1", ports.port()), 20) as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            for number in range(200):
                link.sendall(wrong * 20 + json.dumps(good("s", number)).encode())
            link.shutdown(socket.SHUT_WR)
            assert link.recv(1), "errors were told as far as there was room"
            while link.recv(65536):
                pass

    await asyncio.wait_for(asyncio.to_thread(publish), 30)
    assert await ports.values("s") == list(range(200))


async def test_acknowledgements_that_nobody_reads_hold_only_their_own_publisher(ports: TcpPorts) -> None:
    deaf = await ports.connect_with_acks()
    wrong = [b'{"id":"x","value":"' + b"bad" * 300 + b'"}'] * 100

    async def flood() -> None:
        for _ in range(300):
            await deaf.send(*wrong)

    flooding = asyncio.create_task(flood())
    good_one = await ports.connect_with_acks()
    for number in range(1, 51):
        await good_one.send(good("s", number))
        await good_one.ack(number)
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)
    assert all(connection.unsent < 1_000_000 for connection in ports.small.connections)


async def test_a_wrong_greeting_is_told_and_the_connection_ends_without_a_reset(
    make_ports: Callable[..., TcpPorts],
) -> None:
    async with make_ports(publish_key="secret-key") as ports:
        publisher = await ports.connect()
        await publisher.send({"hello": {"key": "wrong"}}, *[good("s", 1)] * 20_000)
        lines = await publisher.lines()
        assert [line["error"]["code"] for line in lines] == ["unauthorized"]
        assert await ports.broker.streams() == []


@pytest.mark.parametrize("hello", [5, {"key": 5}, {"ack": "yes"}, ["key"]])
async def test_a_greeting_that_is_none_is_refused(ports: TcpPorts, hello: object) -> None:
    publisher = await ports.connect()
    await publisher.send({"hello": hello}, good("s", 1))
    assert [line["error"]["code"] for line in await publisher.lines()] == ["invalid"]


@pytest.mark.parametrize("large", [False, True])
async def test_with_a_key_a_greeting_shows_it_once_or_each_message_does(
    make_ports: Callable[..., TcpPorts], large: bool
) -> None:
    async with make_ports(publish_key="secret-key") as ports:
        greeted = await ports.connect_with_acks(large=large, key="secret-key")
        send = greeted.send_letters if large else greeted.send
        await send(good("s", 1), good("s", 2))
        assert await greeted.ack(2) == []

        stranger = await ports.connect_with_acks(large=large)
        send = stranger.send_letters if large else stranger.send
        await send(good("s", 3), good("s", 4) | {"api_crypt": "secret-key"}, good("s", 5) | {"api_crypt": "wrong"})
        assert [(error["index"], error["code"]) for error in await stranger.ack(3)] == [
            (1, "unauthorized"),
            (3, "unauthorized"),
        ]
        assert await ports.values("s") == [1, 2, 4]


@pytest.mark.parametrize("large", [False, True])
async def test_a_byte_order_mark_before_the_text_means_nothing(
    make_ports: Callable[..., TcpPorts], large: bool
) -> None:
    mark = "\ufeff".encode()
    async with make_ports(publish_key="secret-key") as ports:
        publisher = await ports.connect(large=large)
        hello, message = b'{"hello":{"key":"secret-key","ack":true}}', json.dumps(good("s", 1)).encode()
        if large:
            await publisher.send_letters(mark + hello, mark + message)
        else:
            await publisher.send(mark + hello, message)
        assert await publisher.ack(1) == []
        assert await ports.values("s") == [1]


async def test_a_malicious_pickle_is_refused_and_the_next_letter_is_read(ports: TcpPorts) -> None:
    publisher = await ports.connect_with_acks(large=True)
    await publisher.send_letters(b"cos\nsystem\n(S'true'\ntR.", b"\x80\x04cposix\nsystem\n.", good("s", 1))
    assert {error["code"] for error in await publisher.ack(3)} == {"malformed"}
    assert await ports.values("s") == [1]

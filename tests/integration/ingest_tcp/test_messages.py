"""What publishers send over TCP becomes rows, whatever the network cuts it into."""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.tcp_ports import TcpPorts

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
OLD_LINE = (
    b'{"id":80085, "value":[41.2], "type":"line","active_points": 20, "label":["Random Number"], "legend": ["random"], "name":"..", '
    b'"borderColor":["#3e95cd"], "backgroundColor" :["#3e95cd"]}'
)
OLD_MAP = "{ center: {lat: 41.4, lng: 2.17}, zoom: 4, data: [{lat: 41.3, lng: 2.1}, {lat: 40.4, lng: -3.7}] }"
NEW_MAP = {
    "center": {"lat": 41.4, "lng": 2.17},
    "zoom": 4,
    "data": [{"lat": 41.3, "lng": 2.1}, {"lat": 40.4, "lng": -3.7}],
}


async def test_an_older_publisher_sends_objects_in_a_loop_without_separator(ports: TcpPorts) -> None:
    def publish() -> None:
        with socket.create_connection(("127.0.0.1", ports.port())) as sock:
            for _ in range(50):
                sock.sendall(OLD_LINE)

    await asyncio.to_thread(publish)
    assert await ports.wait_for("80085", 50) == [41.2] * 50
    assert await ports.spec("80085") == {
        "type": "line",
        "active_points": 20,
        "label": ["Random Number"],
        "legend": ["random"],
        "name": "..",
        "borderColor": ["#3e95cd"],
        "backgroundColor": ["#3e95cd"],
    }


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
async def test_an_older_publisher_sends_a_pickled_text_with_a_picture(ports: TcpPorts, protocol: int) -> None:
    text = json.dumps({"id": "cam", "type": "image", "value": PIXEL, "name": "Tür"})
    d = pickle.dumps(text, protocol)

    def publish() -> None:
        with socket.create_connection(("127.0.0.1", ports.port(large=True))) as sock:
            sock.sendall(struct.pack(">L", len(d)) + d)

    await asyncio.to_thread(publish)
    assert await ports.wait_for("cam", 1) == [PIXEL]
    assert (await ports.spec("cam"))["name"] == "Tür"


@pytest.mark.parametrize(
    ("message", "value", "spec"),
    [
        ({"id": 7, "type": "map", "value": OLD_MAP}, NEW_MAP, {}),
        ({"id": 7, "type": "line", "value": [1], "fill": "false", "label": "°C"}, 1, {"fill": False, "label": ["°C"]}),
        ({"id": 7, "type": "bar", "value": 5, "label": ["a"], "fill": "true"}, 5, {"fill": True, "label": ["a"]}),
        ({"id": "7", "value": "41.5"}, 41.5, {"type": "line"}),
    ],
)
async def test_older_spellings_are_understood(
    ports: TcpPorts, message: dict[str, Any], value: Any, spec: dict[str, Any]
) -> None:
    publisher = await ports.connect()
    await publisher.send(message)
    (found,) = await ports.wait_for("7", 1)
    assert found == value
    assert (await ports.spec("7")).items() >= spec.items()


@pytest.mark.parametrize("separator", [b"", b"\n", b"\r\n", b",", b" ", b"\0", b"\n\n \t"])
async def test_thousands_of_messages_in_one_segment(ports: TcpPorts, separator: bytes) -> None:
    publisher = await ports.connect_with_acks()
    await publisher.send(
        *({"id": "many", "value": number, "name": 'a { " } b'} for number in range(5000)), separator=separator
    )
    assert await publisher.ack(5000) == []
    assert await ports.values("many") == list(range(5000))


async def test_one_message_in_a_thousand_segments(ports: TcpPorts) -> None:
    message = (
        json.dumps({"id": "slow", "value": 1, "name": "x" * 500, "note": "y" * 450}).encode()
        + json.dumps({"id": "slow", "value": 2}).encode()
    )
    link = socket.create_connection(("127.0.0.1", ports.port()))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def publish() -> None:
        with link:
            for byte in message:
                link.sendall(bytes([byte]))

    await asyncio.to_thread(publish)
    assert await ports.wait_for("slow", 2) == [1, 2]


async def test_an_array_is_its_objects(ports: TcpPorts) -> None:
    publisher = await ports.connect()
    await publisher.send([{"id": "a", "value": 1}, {"id": "a", "value": 2}])
    assert await ports.wait_for("a", 2) == [1, 2]


async def test_letters_come_in_pieces_and_together(ports: TcpPorts) -> None:
    letters = b"".join(
        struct.pack(">L", len(text)) + text
        for text in (json.dumps({"id": "l", "value": n}).encode() for n in range(300))
    )
    publisher = await ports.connect(large=True)
    for start in range(0, len(letters), 1009):
        await publisher.send(letters[start : start + 1009])
    assert await ports.wait_for("l", 300) == list(range(300))


async def test_a_large_picture_passes_the_port_for_large_messages(ports: TcpPorts) -> None:
    picture = PIXEL[: PIXEL.index(",") + 1] + "iVBORw0KGgo" + "A" * 4_000_001
    publisher = await ports.connect_with_acks(large=True)
    await publisher.send_letters({"id": "cam", "type": "image", "value": picture})
    assert await publisher.ack(1) == []
    assert await ports.values("cam") == [picture]


async def test_more_than_may_be_in_hand_waits_and_is_stored_in_order(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(max_in_hand=100) as ports:
        publishers = [await ports.connect_with_acks() for _ in range(5)]
        for publisher, stream in zip(publishers, "abcde", strict=True):
            await publisher.send(*({"id": stream, "value": number} for number in range(3000)))
        for publisher, stream in zip(publishers, "abcde", strict=True):
            assert await publisher.ack(3000) == []
            assert await ports.values(stream) == list(range(3000))


async def test_more_bytes_than_may_be_in_hand_wait(make_ports: Callable[..., TcpPorts]) -> None:
    async with make_ports(max_in_hand_bytes=10_000) as ports:
        publisher = await ports.connect_with_acks()
        await publisher.send(
            *({"id": "t", "type": "text", "value": f"{number} " + "x" * 3000} for number in range(200))
        )
        assert await publisher.ack(200) == []
        assert [lines[0]["text"].split()[0] for lines in await ports.values("t")] == [
            str(number) for number in range(200)
        ]


async def test_what_was_read_before_the_end_is_stored(ports: TcpPorts) -> None:
    publisher = await ports.connect()
    await publisher.send(*({"id": "end", "value": number} for number in range(3000)))
    await publisher.close()
    assert await ports.wait_for("end", 3000) == list(range(3000))

"""What publishers send over HTTP becomes rows, and the answer says of each message what became of it."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.http_port import HttpPort

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)


@pytest.fixture(params=[True, False], ids=["hot", "plain"])
def fast(request: pytest.FixtureRequest) -> bool:
    """With the hot route and without it: the same must come of it."""
    return request.param


def good(stream: str, value: float) -> dict[str, Any]:
    return {"id": stream, "value": value}


async def test_an_older_publisher_posts_to_the_root_with_the_key_in_the_body(
    make_port: Callable[..., HttpPort],
) -> None:
    async with make_port(publish_key="secret-key") as port:
        message = {
            "id": 80085,
            "value": [41.2],
            "type": "line",
            "label": "Random",
            "fill": "false",
            "api_crypt": "secret-key",
        }

        def publish() -> int:
            connection = http.client.HTTPConnection("127.0.0.1", port.port)
            connection.request(
                "POST", "/", json.dumps(message), {"Content-type": "application/json", "Accept": "text/plain"}
            )
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status

        assert await asyncio.to_thread(publish) == 202
        assert await port.values("80085") == [41.2]
        assert await port.spec("80085") == {"type": "line", "label": ["Random"], "fill": False}


@pytest.mark.parametrize("path", ["/", "/v1/messages"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'[{"id":"s","value":1},{"id":"s","value":2}]', "application/json"),
        (b' [ {"id":"s","value":1} , {"id":"s","value":2} ] ', "application/json; charset=utf-8"),
        (b'{"id":"s","value":1}\n{"id":"s","value":2}\n', "application/x-ndjson"),
        (b'{"id":"s","value":1}\r\n\r\n{"id":"s","value":2}', "text/plain"),
        (b'{"id":"s","value":1}{"id":"s","value":2}', "application/octet-stream"),
        (b'\xef\xbb\xbf{"id":"s","value":1} {"id":"s","value":2}', None),
        (b'{"id":"s","samples":[[1753000000000,1],[1753000000001,2]]}', "application/json"),
    ],
)
async def test_an_object_an_array_and_ndjson_are_told_apart_by_themselves(
    port: HttpPort, path: str, body: bytes, content_type: str | None
) -> None:
    answer = await port.request("POST", path, body, content_type=content_type)
    assert answer.status == 202
    assert answer.json == {"accepted": 1 if b"samples" in body else 2, "rejected": []}
    assert await port.values("s") == [1, 2]


async def test_what_is_accepted_is_in_history_when_the_answer_comes(port: HttpPort) -> None:
    client = await port.connect()
    for number in range(40):
        body = json.dumps(good("s", number)).encode()
        await client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        assert (await client.answer()).status == 202
        assert len(await port.rows("s")) == number + 1


async def test_requests_may_be_pipelined_and_chunked(port: HttpPort) -> None:
    client = await port.connect()
    body = json.dumps(good("s", 1)).encode()
    whole = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    await client.send(
        whole * 3 + b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + whole
    )
    assert [(await client.answer()).json["accepted"] for _ in range(5)] == [1] * 5
    assert len(await port.rows("s")) == 5


async def test_expect_100_continue_is_honoured(port: HttpPort) -> None:
    client = await port.connect()
    body = json.dumps(good("s", 1)).encode()
    await client.send(
        b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    assert (await client.answer()).status == 100
    await client.send(body)
    assert (await client.answer()).status == 202


@pytest.mark.parametrize(
    ("body", "accepted", "rejected", "status"),
    [
        ([good("s", 1), {"value": 1}, good("s", 2)], 2, [(1, "invalid")], 202),
        ([good("s", 1), 5, [6], "x", good("s", 2)], 2, [(1, "malformed"), (2, "malformed"), (3, "malformed")], 202),
        (b'{"id":"s","value":1}\nnonsense\n{"id":"s","value":2}', 2, [(1, "malformed")], 202),
        (b'[{"id":"s","value":1},{"id":"s","val', 1, [(1, "malformed")], 202),
        ([{"id": "s", "value": "much"}], 0, [(0, "invalid")], 422),
        ({"id": "s", "value": {}, "type": "pizza"}, 0, [(0, "invalid")], 422),
        (b'{"id":"s","value":1', 0, [(0, "malformed")], 400),
        (b'{"id":"s","value":tru}', 0, [(0, "malformed")], 400),
        ({"id": "s", "type": "custom", "value": json.loads("[" * 100 + "]" * 100)}, 0, [(0, "too_deep")], 422),
        ([good("s", 1), {"id": "big", "value": 1, "note": "x" * 5000}], 1, [(1, "too_large")], 202),
        ([], 0, [], 202),
    ],
)
async def test_each_refused_message_is_told_with_its_place(
    make_port: Callable[..., HttpPort], body: object, accepted: int, rejected: list[tuple[int, str]], status: int
) -> None:
    async with make_port(max_message=4096) as port:
        answer = await port.post(body)
        assert (answer.status, answer.json["accepted"], answer.rejected) == (status, accepted, rejected)
        assert ("error" in answer.json) == (status != 202), (
            "a request without success has its error where every refusal has it"
        )
        assert len(await port.rows("s")) == accepted


async def test_a_large_message_alone_may_be_as_large_as_a_body(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(max_message=4096) as port:
        assert (await port.post(good("s", 1) | {"note": "x" * 100_000})).status == 202


async def test_refusals_that_are_found_late_are_told_too(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(max_streams=2) as port:
        answer = await port.post([good("a", 1), good("b", 1), good("c", 1), {"id": "a", "value": "x"}])
        assert (answer.json["accepted"], answer.rejected) == (2, [(2, "too_many_streams"), (3, "invalid")])


async def test_a_batch_larger_than_what_may_be_in_hand_is_stored_in_order(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(max_in_hand=50) as port:
        answer = await port.post([good("s", number) for number in range(2000)])
        assert answer.json == {"accepted": 2000, "rejected": []}
        assert await port.values("s") == list(range(2000))


@pytest.mark.parametrize(
    "content_type",
    ["image/png", "application/octet-stream", None, "image/anything", "application/x-www-form-urlencoded"],
)
async def test_a_raw_picture_becomes_a_sample(port: HttpPort, content_type: str | None) -> None:
    answer = await port.request(
        "PUT", "/v1/streams/front%20door%2F1/image?name=T%C3%BCr", PIXEL, content_type=content_type
    )
    assert (answer.status, answer.json) == (202, {"accepted": 1, "rejected": []})
    assert await port.values("front door/1") == ["data:image/png;base64," + base64.b64encode(PIXEL).decode()]
    assert await port.spec("front door/1") == {"type": "image", "name": "Tür"}


async def test_a_picture_is_what_its_bytes_say(port: HttpPort) -> None:
    assert (await port.request("PUT", "/v1/streams/cam/image", JPEG, content_type="image/png")).status == 202
    assert (await port.values("cam"))[0].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (PIXEL, "text/html"),
        (b"", "image/png"),
        (b"GIF", "image/gif"),
    ],
)
async def test_what_is_no_picture_is_refused(port: HttpPort, body: bytes, content_type: str) -> None:
    answer = await port.request("PUT", "/v1/streams/cam/image", body, content_type=content_type)
    assert (answer.status, answer.code) == (415, "unsupported_media")


async def test_a_picture_needs_the_key_in_the_header(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(publish_key="secret-key") as port:
        assert (await port.request("PUT", "/v1/streams/cam/image", PIXEL, content_type="image/png")).status == 401
        right = await port.request(
            "PUT", "/v1/streams/cam/image", PIXEL, content_type="image/png", authorization="Bearer secret-key"
        )
        assert right.status == 202


async def test_the_description_names_every_route_and_type(port: HttpPort) -> None:
    answer = await port.request("GET", "/openapi.json")
    assert set(answer.json["paths"]) == {"/", "/v1/messages", "/v1/streams/{id}/image"}
    text = answer.body.decode()
    for kind in ("SeriesMessage", "ImageMessage", "MapMessage", "unsupported_media"):
        assert kind in text
    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in answer.json["components"]["schemas"], f"{reference} is referred to and not described"


async def test_health_is_told_on_the_same_port(port: HttpPort) -> None:
    assert (await port.request("GET", "/healthz")).status == 200
    assert (await port.request("GET", "/readyz")).status == 200
    assert b"windsock_messages_total" in (await port.request("GET", "/metrics")).body
    missing = await port.request("GET", "/nothing")
    assert (missing.status, missing.code) == (404, "not_found")
    page = await port.request("GET", "/docs")
    assert page.status == 200
    assert b"<script" not in page.body, "it loads nothing, and runs nothing"


async def test_a_body_is_taken_for_what_it_is_also_if_it_is_said_to_be_a_form(port: HttpPort) -> None:
    """As curl -d and Python's urllib do, unless they are told otherwise."""
    answer = await port.post(b'{"id":"s","value":1}', content_type="application/x-www-form-urlencoded")
    assert (answer.status, answer.json["accepted"]) == (202, 1)
    assert await port.values("s") == [1]

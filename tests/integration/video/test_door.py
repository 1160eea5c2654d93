"""Adding cameras at the board: checked and stored as at any other way in, for those who may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from kit.relay import RunningRelay, running_relay
from kit.waiting import until_async

from windsock.shared.broker import Batch, RedisBroker
from windsock.shared.feeds import Feed, FeedState, FeedStore, State
from windsock.shared.settings import Settings

URL = "rtsp://joe:s3cretpass@192.168.0.25/live?pw=qu3rypass"


@pytest.fixture
async def store(make_settings: Callable[..., Settings]) -> AsyncIterator[FeedStore]:
    broker = RedisBroker(make_settings(), "test")
    yield FeedStore(broker)
    await broker.close()


async def ask(web: RunningRelay, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    """A request, as a page of the board's own makes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    data = b"" if body is None else json.dumps(body).encode()
    own = {
        "host": "localhost",
        "content-type": "application/json",
        "content-length": str(len(data)),
        "connection": "close",
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (own | headers).items()), "", ""]
    writer.write("\r\n".join(lines).encode() + data)
    head, _, answer = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(answer) if answer else None


async def test_a_camera_is_added_changed_listed_and_removed(
    make_settings: Callable[..., Settings], store: FeedStore
) -> None:
    async with running_relay(make_settings()) as web:
        assert await ask(web, "PUT", "/v1/feeds/door", {"url": URL, "name": "Door", "fps": 5}) == (204, None)
        assert await store.feeds() == {"door": Feed("door", URL, {"fps": 5})}
        await store.own(["door"], 60_000)
        await store.tell(FeedState("door", State.FAILED, 7, "timeout", "no answer"))

        async def listed() -> bool:
            return bool((await ask(web, "GET", "/v1/feeds"))[1]["feeds"])

        await until_async(listed, "it is in the catalogue")
        status, found = await ask(web, "GET", "/v1/feeds")
        assert status == 200
        assert found == {
            "feeds": [
                {
                    "id": "door", "name": "Door", "url": "rtsp://192.168.0.25/live?pw=***", "state": "failed", "since": 7, "code": "timeout",
                    "why": "no answer",
                }
            ]
        }  # fmt: skip
        assert (await ask(web, "PUT", "/v1/feeds/door", {"url": "rtsp://192.168.0.26/x"}))[0] == 204
        assert (await store.feeds())["door"].url == "rtsp://192.168.0.26/x"
        assert (await ask(web, "DELETE", "/v1/feeds/door"))[0] == 204
        assert await store.feeds() == {}
        assert (await ask(web, "DELETE", "/v1/feeds/door"))[0] == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "file:///etc/passwd"}, "forbidden"),
        ({"url": "http://joe:s3cretpass@cam/x"}, "forbidden"),
        ({"url": "0"}, "forbidden"),
        ({"url": "no url"}, "invalid"),
        ({"url": "rtsp://joe:12/s3cretpass@cam/x"}, "invalid"),
        ({"url": "rtsp://cam/x", "fps": 900}, "invalid"),
        ({"url": "rtsp://cam/x", "type": "line"}, "invalid"),
        ({}, "invalid"),
        ([], "invalid"),
    ],
)
async def test_what_no_way_in_takes_is_not_taken_here(
    make_settings: Callable[..., Settings], store: FeedStore, body: object, code: str
) -> None:
    async with running_relay(make_settings()) as web:
        status, answer = await ask(web, "PUT", "/v1/feeds/door", body)
        assert status in {403, 422}
        assert answer["error"]["code"] == code
        assert "s3cretpass" not in json.dumps(answer)
        assert await store.feeds() == {}


async def test_a_key_is_asked_for_where_one_is_set_and_pages_of_others_may_not(
    make_settings: Callable[..., Settings], store: FeedStore
) -> None:
    camera = {"url": URL}
    async with running_relay(make_settings(publish_key="open-sesame")) as web:
        for shown in ({}, {"authorization": "Bearer wrong-key"}, {"authorization": "Basic open-sesame"}):
            status, answer = await ask(web, "PUT", "/v1/feeds/door", camera, **shown)
            assert (status, answer["error"]["code"]) == (401, "unauthorized")
            assert (await ask(web, "DELETE", "/v1/feeds/door", **shown))[0] == 401
        key = {"authorization": "Bearer open-sesame"}
        status, answer = await ask(web, "PUT", "/v1/feeds/door", camera, **key, origin="http://evil.example")
        assert (status, answer["error"]["code"]) == (403, "forbidden")
        assert await store.feeds() == {}
        assert (await ask(web, "PUT", "/v1/feeds/door", camera, **key, origin="http://localhost"))[0] == 204


async def test_a_stream_that_is_no_camera_does_not_become_one(
    make_settings: Callable[..., Settings], store: FeedStore
) -> None:
    settings = make_settings()
    broker = RedisBroker(settings, "publisher")
    await broker.register("cpu")
    await broker.publish([Batch("cpu", 1, b"[1,5]", 10, [("type", b'"line"')])])
    await broker.close()
    async with running_relay(settings) as web:
        await until_async(lambda: "cpu" in web.relay.catalogue, "it is known")
        status, answer = await ask(web, "PUT", "/v1/feeds/cpu", {"url": URL})
        assert (status, answer["error"]["code"]) == (422, "invalid")
        assert (await ask(web, "DELETE", "/v1/feeds/cpu"))[0] == 404
        assert await store.feeds() == {}

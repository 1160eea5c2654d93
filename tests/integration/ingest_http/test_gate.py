"""Who may publish over HTTP: keys, and web pages that are not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.http_port import HttpPort

GOOD = {"id": "s", "value": 1}


@pytest.mark.parametrize("fast", [True, False])
async def test_the_key_is_shown_in_the_header_or_in_each_message(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(publish_key="secret-key") as port:
        assert (await port.post(GOOD, authorization="Bearer secret-key")).status == 202
        assert (await port.post(GOOD, authorization="bearer  secret-key ")).status == 202
        assert (await port.post(GOOD | {"api_crypt": "secret-key"})).status == 202
        mixed = await port.post([GOOD, GOOD | {"api_crypt": "secret-key"}, GOOD | {"api_crypt": "wrong-key"}])
        assert (mixed.status, mixed.rejected) == (202, [(0, "unauthorized"), (2, "unauthorized")])
        assert len(await port.rows("s")) == 4


@pytest.mark.parametrize(
    "authorization",
    ["Bearer wrong-key", "Bearer", "Basic c2VjcmV0LWtleQ==", "Bearer secret-key-and-more", "Bearer schl\xfcssel"],
)
async def test_a_wrong_key_is_refused_before_the_body_is_read(
    make_port: Callable[..., HttpPort], authorization: str
) -> None:
    async with make_port(publish_key="secret-key") as port:
        answer = await port.post(GOOD | {"api_crypt": "secret-key"}, authorization=authorization)
        assert (answer.status, answer.code) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "secret" not in answer.body.decode()
        assert (await port.post(GOOD)).status == 401


async def test_the_key_reaches_neither_redis_nor_an_answer(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(publish_key="secret-key") as port:
        await port.post([GOOD | {"api_crypt": "secret-key"}, {"id": "s", "value": "x", "api_crypt": "secret-key"}])
        for key in (await port.broker.call(("KEYS", "*")))[0]:
            (dump,) = await port.broker.call(("DUMP", key))
            assert b"secret-key" not in dump


async def test_a_key_in_what_is_no_json_is_shown_to_its_sender_alone(
    make_port: Callable[..., HttpPort], caplog: pytest.LogCaptureFixture
) -> None:
    async with make_port(publish_key="secret-key") as port:
        answer = await port.post(b"api_crypt=secret-key&value=1", content_type="text/plain")
    assert "secret-key" in answer.body.decode()
    assert "the body is no JSON" in caplog.text
    assert "secret-key" not in caplog.text


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, None, True),
        ("https://evil.example", None, False),
        ("null", None, False),
        ("http://127.0.0.1:8000", None, True),
        ("http://127.0.0.1:9999", None, False),
        ("http://friend.example", None, True),
        ("http://friend.example:81", None, False),
        ("http://FRIEND.example", None, True),
        (None, "localhost:8030", True),
        (None, "[::1]:8030", True),
        (None, "evil.example:8030", False),
        ("http://evil.example:8030", "evil.example:8030", False),
        ("http://localhost:8030", "localhost:8030", True),
        ("http://localhost:8000", "localhost:8030", True),
        ("http://127.0.0.1:8000", "localhost:8030", False),
    ],
)
async def test_without_a_key_strange_pages_may_not_publish(
    make_port: Callable[..., HttpPort], origin: str | None, host: str | None, allowed: bool
) -> None:
    async with make_port(cors_origins="http://friend.example/", web_port=8000) as port:
        headers = {"origin": origin} | ({"host": host} if host else {})
        answer = await port.post(GOOD, content_type="text/plain", **headers)
        assert answer.status == (202 if allowed else 403)
        assert len(await port.rows("s")) == allowed
        if not allowed:
            assert answer.code == "forbidden"
        assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "windsock.example:8030", True),
        ("http://192.0.2.1:8030", "192.0.2.1:8030", True),
        ("http://ingest:8030", "ingest:8030", True),
        ("http://evil.example:8030", "evil.example:8030", False),
        ("http://evil.example", "192.0.2.1:8030", False),
        ("http://panel.example:8030", "panel.example:8030", True),
        ("http://panel.example:8000", "panel.example:8030", True),
    ],
)
async def test_in_a_network_of_our_own_only_browsers_are_looked_at(
    make_port: Callable[..., HttpPort], origin: str | None, host: str, allowed: bool
) -> None:
    async with make_port(bind="0.0.0.0", allow_open=True, allowed_hosts="panel.example", web_port=8000) as port:
        assert (await port.post(GOOD, origin=origin, host=host)).status == (202 if allowed else 403)


async def test_with_a_key_any_page_that_knows_it_may_publish(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(publish_key="secret-key") as port:
        answer = await port.post(
            GOOD, origin="https://strange.example", host="windsock.example", authorization="Bearer secret-key"
        )
        assert answer.status == 202
        assert "access-control-allow-origin" not in answer.headers


async def test_a_preflight_is_answered_to_pages_that_may_publish(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(cors_origins="https://friend.example", publish_key="secret-key") as port:
        asked = {
            "access_control_request_method": "POST",
            "access_control_request_headers": "authorization,content-type",
        }
        allowed = await port.request("OPTIONS", "/v1/messages", origin="https://friend.example", **asked)
        assert allowed.status == 204
        assert allowed.headers["access-control-allow-origin"] == "https://friend.example"
        assert "authorization" in allowed.headers["access-control-allow-headers"]
        refused = await port.request("OPTIONS", "/v1/messages", origin="https://strange.example", **asked)
        assert refused.status == 403
        assert "access-control-allow-origin" not in refused.headers


async def test_any_origin_can_be_allowed(make_port: Callable[..., HttpPort]) -> None:
    async with make_port(cors_origins="*") as port:
        answer = await port.request("PUT", "/v1/streams/x/image", b"\x89PNG\r\n\x1a\n", origin="https://any.example")
        assert answer.headers["access-control-allow-origin"] == "https://any.example"

"""Behind a trusted proxy the log names the publisher; nobody else can claim an address. Connections are counted by it where there is no proxy."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from windsock.ingest_http.watched import WatchedProtocol
from windsock.shared.proxies import Proxies

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.http_port import HttpPort


@pytest.mark.parametrize(
    ("trusted", "named"), [(["127.0.0.1"], "198.51.100.9"), (["10.0.0.0/8"], "127.0.0.1"), ([], "127.0.0.1")]
)
async def test_the_log_names_whom_a_trusted_proxy_names(
    make_port: Callable[..., HttpPort], caplog: pytest.LogCaptureFixture, trusted: list[str], named: str
) -> None:
    async with make_port(trusted_proxies=trusted, publish_key="a good key") as port:
        with caplog.at_level(logging.WARNING):
            answer = await port.post(
                {"id": "s", "value": 1},
                authorization="Bearer a wrong key",
                x_forwarded_for="203.0.113.66, 198.51.100.9",
            )
        assert answer.status == 401
        assert f"http: refused from {named}: Authorization: the publish key is wrong" in caplog.text


async def test_a_refused_message_is_told_with_its_publisher(
    make_port: Callable[..., HttpPort], caplog: pytest.LogCaptureFixture
) -> None:
    async with make_port(trusted_proxies=["127.0.0.1"]) as port:
        with caplog.at_level(logging.WARNING):
            answer = await port.post([{"id": "s", "value": 1}, {"value": 2}], x_forwarded_for="198.51.100.9")
        assert answer.json["accepted"] == 1
        assert "http: refused from 198.51.100.9: " in caplog.text


class Counting(WatchedProtocol):
    """Only what counts connections, apart from uvicorn."""

    def __init__(self) -> None:
        self.app = None  # pyright: ignore[reportAttributeAccessIssue]


def test_connections_are_limited_for_each_address_that_is_neither_ours_nor_a_proxy() -> None:
    kind = type("Kind", (Counting,), {"most_per_address": 2, "of_address": {}, "proxies": Proxies(["10.0.0.7"])})
    for address, refused in [
        ("192.0.2.1", [False, False, True]),
        ("192.0.2.2", [False]),
        ("127.0.0.1", [False] * 5),
        ("10.0.0.7", [False] * 5),
    ]:
        for each in refused:
            connection = kind()
            connection.count(address)
            assert (connection.app is not None) == each, address
    assert kind.of_address == {"192.0.2.1": 3, "192.0.2.2": 1}  # pyright: ignore[reportAttributeAccessIssue]

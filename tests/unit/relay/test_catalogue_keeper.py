"""The catalogue's keeper and a broker that has something which can't be read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, cast

import pytest
from kit.waiting import until_async
from prometheus_client import REGISTRY

from windsock.shared.broker.port import StoredSpec
from windsock.web.catalogue import Catalogue, CatalogueKeeper

BAD = "its spec was never told of"
"""A name that no other test of this process uses: each is told once."""


class Broker:
    """Has three streams; the spec of one of them makes no sense."""

    async def streams(self) -> list[str]:
        return ["good", BAD, "better"]

    async def specs(self, streams: Sequence[str]) -> list[StoredSpec | None]:
        if BAD in streams:
            raise ValueError("not JSON")
        return [StoredSpec({}, "e", 1, 1) for _ in streams]


def counted() -> float:
    return REGISTRY.get_sample_value("windsock_unreadable_total", {"what": "spec"}) or 0


async def test_what_cant_be_read_is_counted_told_once_and_keeps_nothing_else_from_being_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    catalogue = Catalogue()
    keeper = CatalogueKeeper(cast("Any", Broker()), catalogue, lambda _: None)
    before = counted()
    with caplog.at_level(logging.WARNING):
        task = asyncio.create_task(keeper.run())
        try:
            await until_async(lambda: catalogue.ready, "the catalogue is read")
            assert catalogue.ids() == ["good", "better"]
            assert counted() == before + 1
            keeper.look_at(BAD)
            keeper.look_at("new")
            await until_async(lambda: "new" in catalogue, "it goes on")
            assert counted() == before + 2
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert [record.getMessage() for record in caplog.records] == [
        f"the spec of stream {BAD!r} can't be read: ValueError: not JSON"
    ]

"""When a viewer gets what there is, and how much: ticks that wait, viewers between two of them, heatmaps."""

from __future__ import annotations

import time
from collections.abc import Callable

from kit.relay import Ledger, Publisher, RunningRelay, Viewer, running_relay
from kit.waiting import until_async

from windsock.shared.broker import Batch
from windsock.shared.settings import Settings


async def test_who_comes_between_two_ticks_does_not_wait_for_the_next(
    make_settings: Callable[..., Settings], publisher: Publisher
) -> None:
    await publisher.create("a")
    async with running_relay(make_settings(tick_ms=2000)) as web, Viewer(web.port) as early:
        await early.watch("a")
        await early.until_offset({"a": 1})
        await publisher.publish("a")
        await early.until_offset({"a": 2})
        await publisher.publish("a")  # for the next tick
        async with Viewer(web.port) as late:
            await late.watch("a")
            await late.until_offset({"a": 2})
            assert late.line("a").offset == early.line("a").offset == 2, "and it gets no more than all others have"
            await early.until_offset({"a": 3})
            await late.until_offset({"a": 3})


async def test_of_whole_matrices_no_more_is_kept_than_of_others(web: RunningRelay, publisher: Publisher) -> None:
    spec: list[tuple[str, bytes]] = [("type", b'"heatmap"')]
    await publisher.broker.register("m")
    for number in range(300):
        await publisher.broker.publish([Batch("m", 1, b"[%d,[[1,2],[3,4]]]" % number, 10_000, spec)])
    await publisher.broker.announce("m")
    async with Viewer(web.port, ledger=Ledger(numbered=False)) as viewer:
        await viewer.watch("m")
        await viewer.until_offset({"m": 300})
        assert len(viewer.line("m").values) == 100, "the ring's usual samples: each takes the place of all before it"


async def test_all_viewers_of_a_heatmap_count_the_same_cells(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a", type="heatmap")
    async with Viewer(web.port) as early:
        await early.watch("a")
        for _ in range(10):
            await publisher.publish("a", count=300, spec={"type": "heatmap"})
        await early.until_offset(publisher.sent)
        async with Viewer(web.port) as late:
            await late.watch("a")
            await late.until_offset(publisher.sent)
            assert late.line("a").values == early.line("a").values
            assert len(late.line("a").values) == 3_001


async def test_a_tick_that_is_due_waits_for_its_samples_and_not_they_for_the_next(
    make_settings: Callable[..., Settings], publisher: Publisher
) -> None:
    period = 3.0
    await publisher.create("a")
    async with running_relay(make_settings(tick_ms=round(period * 1000))) as web, Viewer(web.port) as viewer:
        await viewer.watch("a")
        await viewer.until_offset(publisher.sent)
        await publisher.publish("a")
        await viewer.until_offset(publisher.sent)
        due = time.monotonic() + 1.1 * period
        await until_async(lambda: time.monotonic() > due, "the next tick is due, and there is nothing for it")
        began = time.monotonic()
        await publisher.publish("a")
        await viewer.until_offset(publisher.sent)
        assert time.monotonic() - began < period / 2

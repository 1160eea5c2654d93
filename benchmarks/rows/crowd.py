"""How much a crowd costs: 2,000 viewers of one relay, and 20,000 samples a second through the whole chain to 500.

The delay here is the relay's own: from the time that a tick carries, which it takes when it begins to build the tick, to the moment a viewer has read it (a
sample of the viewers is timed). The last viewer of a tick waits for all the others' writes, so this is what grows with the crowd. What a sample waits before
its tick is another row (`latency`).
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Bound, Group, Measure, Measurement, Setup
from benchmarks.load.feeder import names
from benchmarks.rows.relay import FED, PREFIX, SAMPLES, TICK_HZ, WARM_SECONDS, Audience, feeder
from benchmarks.services import Stack

if TYPE_CHECKING:
    from benchmarks.processes import Child

__all__ = ["CHAIN", "GROUP", "percentile"]

VIEWERS = 2_000
RECEIVERS = 2
"""Processes that receive: one alone would be at its limit with 40,000 frames a second, and its own delay would be measured."""

CHAIN_VIEWERS = 500
CHAIN_STREAMS = 50
CHAIN_HZ = 400
CHAIN_CONNECTIONS = 10


def percentile(counts: Counter[int], share: float) -> float:
    """The smallest value that at least this share of all stay within."""
    left = share * counts.total()
    for value, count in sorted(counts.items()):
        left -= count
        if left <= 0:
            return value
    return float("nan")


def _run(
    feed: Child, audience: Audience, servers: dict[str, Child], window: float
) -> tuple[Measurement, list[dict[str, Any]]]:
    """Feed for a while; what each process spent, in cores, and what the viewers saw."""
    feed.tell("on")
    time.sleep(WARM_SECONDS)
    audience.mark()
    before, started = {name: child.cpu() for name, child in servers.items()}, time.monotonic()
    receiving = audience.cpu()
    time.sleep(window)
    elapsed = time.monotonic() - started
    figures: Measurement = {f"cores {name}": (child.cpu() - before[name]) / elapsed for name, child in servers.items()}
    figures["cores"] = sum(figures.values())
    figures["cores of the viewers"] = (audience.cpu() - receiving) / elapsed
    reports = audience.mark()
    feed.tell("off")
    time.sleep(WARM_SECONDS)
    lags: Counter[int] = Counter()
    for report in reports:
        lags.update(dict(report["lags"]))
    figures["p50 ms"], figures["p99 ms"] = percentile(lags, 0.50), percentile(lags, 0.99)
    figures["ticks per second"] = sum(report["frames"] for report in reports) / audience.viewers / elapsed
    figures["KB a tick"] = (
        sum(report["bytes"] for report in reports) / sum(report["frames"] for report in reports) / 1000
    )
    # A mark falls between two ticks for some viewers and not for others: one tick of difference is no skip.
    most = max(report["most"] for report in reports)
    due = max(most, int(elapsed * TICK_HZ)) - 1
    figures["ticks skipped %"] = 100 * max(0.0, 1 - min(report["least"] for report in reports) / due)
    return figures, reports


def _prepare(setup: Setup) -> dict[str, Measure]:
    viewers = setup.options.scaled(VIEWERS, 50)
    stack = Stack(setup, "windsock")
    _, tcp = stack.ingest_tcp(measured=False)
    web, port = stack.web(max_viewers=viewers + 10)
    feed = feeder(setup, "crowd", port=tcp, streams=FED, hz=TICK_HZ, samples=SAMPLES, together=True, prefix=PREFIX)
    audience = Audience(setup, "crowd", port, viewers, processes=RECEIVERS, watch=names(PREFIX, FED))
    return {"windsock": lambda: _run(feed, audience, {"web": web}, setup.options.window)[0]}


def _prepare_chain(setup: Setup) -> dict[str, Measure]:
    viewers, streams = setup.options.scaled(CHAIN_VIEWERS, 20), setup.options.scaled(CHAIN_STREAMS, CHAIN_CONNECTIONS)
    stack = Stack(setup, "windsock", pinned=False)
    ingest, tcp = stack.ingest_tcp()
    web, port = stack.web()
    feed = feeder(
        setup,
        "chain",
        pinned=False,
        port=tcp,
        streams=streams,
        hz=CHAIN_HZ,
        connections=CHAIN_CONNECTIONS,
        prefix="chain",
    )
    audience = Audience(setup, "chain", port, viewers, pinned=False, watch=names("chain", streams), audited=2)

    def measure() -> Measurement:
        sent = int(feed.ask("count")["sent"])
        started = time.monotonic()
        figures, reports = _run(
            feed, audience, {"ingest": ingest, "web": web, "broker": stack.broker}, setup.options.window
        )
        figures["samples per second"] = (int(feed.ask("count")["sent"]) - sent) / (
            time.monotonic() - started - WARM_SECONDS
        )
        audits = [audit for report in reports for audit in report["audits"]]
        figures["samples missed"] = sum(audit["lost"] + audit["span"] - audit["rows"] for audit in audits)
        return figures

    return {"windsock": measure}


GROUP = Group(
    "crowd",
    f"{VIEWERS} viewers x {TICK_HZ} Hz on one web process",
    [
        Bound("2,000 viewers x 20 Hz, one web process", "windsock", "cores web", 0.6, 0.5, " core"),
        Bound("2,000 viewers x 20 Hz, tick to viewer, p99", "windsock", "p99 ms", 40, 30, " ms"),
        Bound("2,000 viewers x 20 Hz, ticks skipped", "windsock", "ticks skipped %", 0, 0, " %"),
    ],
    _prepare,
)

CHAIN = Group(
    "chain",
    "20k samples/s to 500 viewers, all processes together",
    [
        Bound("20k samples/s to 500 viewers, ingest + web + broker", "windsock", "cores", 0.8, 0.6, " core"),
        Bound(
            "20k samples/s to 500 viewers, samples missed by audited viewers", "windsock", "samples missed", 0, 0, ""
        ),
    ],
    _prepare_chain,
)

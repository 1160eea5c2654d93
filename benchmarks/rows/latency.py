"""From a publisher's send to the handler in the browser: a sample carries the moment it was sent, and the handler looks at the clock, which is the same.

50 viewers run the real Socket.IO client in Node, one more runs in Chromium. The wait for the tick (25 ms in the mean, 50 at most) is part of the figure.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter

from benchmarks.harness import Bound, Group, Measure, Measurement, Setup
from benchmarks.load.feeder import names
from benchmarks.processes import Child
from benchmarks.rows.crowd import percentile
from benchmarks.rows.relay import feeder, node_folder
from benchmarks.services import Stack

__all__ = ["GROUP"]

VIEWERS = 50
STREAMS = 100
HZ = 10
WARM_SECONDS = 1.0
LEAST_WINDOW = 3.0
"""A minor hiccup a second is what the 99th percentile is about: a window must hold a few."""
PREFIX = "delay"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _measure(load: Child, feed: Child, window: float) -> Measurement:
    feed.tell("on")
    time.sleep(WARM_SECONDS)
    load.ask("clear")
    time.sleep(window)
    taken = load.ask("take")
    feed.tell("off")
    figures: Measurement = {}
    for where, ages in taken.items():
        if ages is not None:
            counts = Counter({int(age): int(count) for age, count in ages.items()})
            figures |= {
                f"{where} p50 ms": percentile(counts, 0.50),
                f"{where} p99 ms": percentile(counts, 0.99),
                f"{where} rows": counts.total(),
            }
    return figures


def _prepare(setup: Setup) -> dict[str, Measure]:
    options = setup.options
    streams = options.scaled(STREAMS, 10)
    stack = Stack(setup, "windsock", pinned=False)
    _, tcp = stack.ingest_tcp()
    _, port = stack.web()
    feed = feeder(setup, "latency", pinned=False, port=tcp, streams=streams, hz=HZ, connections=10, prefix=PREFIX)
    # Where there is no Chromium, Node's viewers are measured all the same.
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        setup.missing |= dict.fromkeys(
            ("chromium p50 ms", "chromium p99 ms"), "no Chromium is installed: apt-get install chromium"
        )
    config = {
        "url": f"http://127.0.0.1:{port}",
        "viewers": options.scaled(VIEWERS, 5),
        "watch": names(PREFIX, streams),
        "chromium": browser,
    }
    load = Child(
        "browser-viewers", ["node", node_folder() / "browser_viewers.mjs", json.dumps(config)], folder=setup.folder
    )
    setup.stack.enter_context(load).answer()
    window = max(options.window, LEAST_WINDOW * options.scale)
    return {"windsock": lambda: _measure(load, feed, window)}


TITLE = f"Send to handler, {STREAMS} streams at {HZ} Hz, {VIEWERS} viewers"
GROUP = Group(
    "latency",
    "from a publisher's send to a browser's handler",
    [
        Bound(f"{TITLE}, p50", "windsock", "node p50 ms", 60, 45, " ms"),
        Bound(f"{TITLE}, p99", "windsock", "node p99 ms", 150, 90, " ms"),
        Bound("The same in a Chromium page beside them, p50", "windsock", "chromium p50 ms", 60, 45, " ms"),
        Bound("The same in a Chromium page beside them, p99", "windsock", "chromium p99 ms", 150, 90, " ms"),
    ],
    _prepare,
)

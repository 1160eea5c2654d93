"""What the board costs the browser, and whether it keeps up: CPU time of the page's main thread a tick, beside a bare uPlot page with the same charts."""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import TYPE_CHECKING, cast

from benchmarks.chromium import Tab, launch
from benchmarks.harness import Bound, Group, Measure, Measurement, Ratio, Setup
from benchmarks.load.board_publisher import value_of
from benchmarks.processes import LOAD_CPU, ROOT, Child, MissingPeer
from benchmarks.services import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

__all__ = ["GROUP"]

CHARTS, SERIES, POINTS, HZ = 20, 4, 1_000, 25
MIXED, MIXED_HZ = 100, 10
KINDS = ("line", "stat", "gauge", "bar", "area", "text", "pie", "scatter", "table", "radar")
LONG = 50_000
FILL = 500
"""Samples in a message that fills a chart."""
WARM_SECONDS = 4.0
PRESSES = 40
CANVAS = (381, 396)
"""What a chart's canvas measures on the board in this scene, so that both pages paint as many pixels."""
SIZE = {"width": 1600, "height": 1000}
UPLOT = ROOT / "frontend" / "node_modules" / "uplot" / "dist"


class Scene:
    """A Windsock of its own with a publisher, and the board in a tab while it is measured."""

    def __init__(
        self, setup: Setup, browser: Browser, name: str, streams: list[tuple[str, str]], hz: float, points: int = 0
    ) -> None:
        self._browser, self._streams, self._hz = browser, streams, hz
        self._points = points
        stack = Stack(setup, name, pinned=False)
        _, tcp = stack.ingest_tcp()
        _, port = stack.web(tick_ms=round(1_000 / HZ))
        self._tcp = tcp
        self._address = f"http://127.0.0.1:{port}/"
        config = {"port": tcp, "hz": hz, "active_points": points, "streams": streams}
        program = ROOT / "benchmarks" / "load" / "board_publisher.py"
        self.publisher = setup.stack.enter_context(
            Child(
                f"{name}-publisher", [sys.executable, program, json.dumps(config)], folder=setup.folder, cpus=LOAD_CPU
            )
        )

    def send(self, message: dict[str, object]) -> None:
        """Publish one message."""
        with socket.create_connection(("127.0.0.1", self._tcp)) as link:
            link.sendall(json.dumps(message).encode() + b"\n")

    def fill(self, count: int) -> None:
        """Publish as many samples of each stream as if it had sent all along: a chart is measured with all of its points."""
        now, period = int(time.time() * 1_000), round(1_000 / self._hz)
        for first in range(0, count, FILL):
            numbers = range(first, min(count, first + FILL))
            for name, kind in self._streams:
                rows = [[now - (count - n) * period, *cast("list[float]", value_of(kind, n))] for n in numbers]
                self.send({"id": name, "type": kind, "active_points": self._points, "samples": rows})

    def measure(
        self, window: float, figures: Callable[[Tab, float], Measurement], *, tall: bool = False
    ) -> Measurement:
        """Open the board, feed it, let it warm up, measure, close it."""
        tab = Tab(self._browser, SIZE["width"], 2_600 if tall else SIZE["height"])
        try:
            if self._points:
                # Some more than are shown, so that a hand that goes back finds them.
                self.fill(self._points + self._points // 25)
            self.publisher.tell("on")
            tab.page.goto(self._address)
            ready = "n => window.windsock && window.windsock.streams().filter((one) => one.samples > 0).length >= n"
            tab.page.wait_for_function(ready, arg=len(self._streams), timeout=60_000)
            tab.page.wait_for_timeout(WARM_SECONDS * 1_000)
            return figures(tab, window)
        finally:
            self.publisher.tell("off")
            tab.close()


def _pace(tab: Tab, window: float, panels: int, count: str) -> Measurement:
    """CPU of the main thread and of the whole browser a redraw of all panels, and how long between two of them."""
    draws, cpu, whole, begin = (
        tab.page.evaluate(count),
        tab.main_thread_seconds(),
        tab.browser_seconds(),
        time.monotonic(),
    )
    tab.page.wait_for_timeout(window * 1_000)
    ticks = (tab.page.evaluate(count) - draws) / panels
    return {
        "ms a tick": (tab.main_thread_seconds() - cpu) * 1_000 / max(1.0, ticks),
        "whole ms a tick": (tab.browser_seconds() - whole) * 1_000 / max(1.0, ticks),
        "ms between": (time.monotonic() - begin) * 1_000 / max(1.0, ticks),
    }


OURS = "() => window.windsock.draws()"


def _bare(browser: Browser, window: float) -> Measurement:
    tab = Tab(browser, SIZE["width"], SIZE["height"])
    try:
        tab.page.goto((ROOT / "benchmarks" / "peers" / "uplot_page.html").as_uri())
        tab.page.add_style_tag(path=UPLOT / "uPlot.min.css")
        tab.page.add_script_tag(path=UPLOT / "uPlot.iife.min.js")
        plan = {"charts": CHARTS, "series": SERIES, "points": POINTS, "hz": HZ, "width": CANVAS[0], "height": CANVAS[1]}
        tab.page.evaluate("plan => window.start(plan)", plan)
        tab.page.wait_for_timeout(WARM_SECONDS * 1_000)
        return _pace(tab, window, CHARTS, "() => window.redraws")
    finally:
        tab.close()


def _input(tab: Tab, _: float) -> Measurement:
    """How long a key waits for the page, from the moment the browser got it."""
    tab.page.evaluate(
        "() => { window.waits = []; addEventListener('keydown', (e) => window.waits.push(performance.now() - e.timeStamp), true); }"
    )
    for _press in range(PRESSES):
        tab.page.keyboard.press("Shift")
        tab.page.wait_for_timeout(60)
    waits = sorted(tab.page.evaluate("() => window.waits"))
    return {"input delay p95 ms": waits[int(len(waits) * 0.95)], "input delay p50 ms": waits[len(waits) // 2]}


def _drag(tab: Tab, window: float) -> Measurement:
    """A hand that drags a window of 50,000 points to and fro."""
    tab.page.wait_for_function("n => window.windsock.shown('long').length >= n", arg=LONG, timeout=120_000)
    box = tab.page.locator(".chart-plot").first.bounding_box()
    if box is None:
        raise RuntimeError("the chart is not on the page")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 40, y)
    draws, cpu, begin = tab.page.evaluate(OURS), tab.main_thread_seconds(), time.monotonic()
    step = 0
    while time.monotonic() - begin < window:
        step += 1
        tab.page.mouse.move(x + 40 + 30 * (step % 8), y)
    redraws = max(1, tab.page.evaluate(OURS) - draws)
    passed = time.monotonic() - begin
    cost = tab.main_thread_seconds() - cpu
    tab.page.mouse.up()
    return {"ms a redraw": cost * 1_000 / redraws, "ms between": passed * 1_000 / redraws}


def _prepare(setup: Setup) -> dict[str, Measure]:
    if not (ROOT / "frontend" / "dist" / "index.html").exists():
        raise MissingPeer("the board is not built: make setup")
    browser = launch(setup.stack)
    window = max(1.0, setup.options.window * 2)
    lines = Scene(setup, browser, "lines", [(f"chart {n}", "line") for n in range(CHARTS)], HZ, POINTS)
    mixed = Scene(setup, browser, "mixed", [(f"{n}", KINDS[n % len(KINDS)]) for n in range(MIXED)], MIXED_HZ)
    heat = Scene(setup, browser, "heat", [(f"heat {n}", "heatmap") for n in range(4)], MIXED_HZ)
    long = Scene(setup, browser, "long", [("long", "line")], MIXED_HZ, LONG)
    return {
        "lines": lambda: lines.measure(window, lambda tab, span: _pace(tab, span, CHARTS, OURS), tall=True),
        "bare uPlot": lambda: _bare(browser, window),
        "mixed": lambda: mixed.measure(window, _input),
        "heatmaps": lambda: heat.measure(window, lambda tab, span: _pace(tab, span, 4, OURS)),
        "long": lambda: long.measure(window, _drag),
    }


TITLE = f"Board, {CHARTS} charts x {SERIES} x {POINTS:,} points at {HZ} Hz"
GROUP = Group(
    "board",
    "the board in a browser without a GPU: main-thread CPU, redraws, input",
    [
        Ratio(f"{TITLE}, main thread ms a tick", "lines", "bare uPlot", "ms a tick", 0.9, 3.3, less=True),
        Ratio("The same, CPU of the whole browser a tick", "lines", "bare uPlot", "whole ms a tick", less=True),
        Bound("The same, between two redraws", "lines", "ms between", 50, 42, " ms"),
        Bound(
            f"{MIXED} mixed panels at {MIXED_HZ} Hz, a key waits, p95", "mixed", "input delay p95 ms", 100, 50, " ms"
        ),
        Bound("4 heatmaps 100 x 100 at 10 Hz, main thread a tick", "heatmaps", "ms a tick", 8, 4, " ms"),
        Bound("A window of 50,000 x 4 points dragged, between two redraws", "long", "ms between", 50, 34, " ms"),
    ],
    _prepare,
)

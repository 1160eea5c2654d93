"""Does a board that is kept open all day grow? `python benchmarks/soak.py --minutes 20`: the heap after collection, over time, with every type of panel.

The demo sends several times as often as it usually does, so that rings and logs are full when the warm-up ends, and a minute here is worth several of a day.
A line is fitted to each reading after the first quarter; its slope is held against the scatter around it.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, from any folder

from benchmarks.chromium import Tab, launch
from benchmarks.processes import Child, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_SECONDS = 10.0
RATE = 8.0
ALL_IN_SIGHT = (1_600, 5_000)
"""A page on which every panel is drawn: what is out of sight can't show that it grows."""
MIB = 1 << 20
HOURS = 12.0
MOST_GROWTH = 16 * MIB
"""What half a day of the demo's usual rate may add, if anything: a tenth of what such a tab weighs."""
MOST_PROCESS_GROWTH = 64 * MIB
"""The same of the whole process, whose size scatters by some ten MiB."""
OTHER_PORTS = ("TCP", "TCP_LARGE", "HTTP", "INGEST_TCP_HEALTH", "INGEST_REDIS_HEALTH", "VIDEO_HEALTH")


STREAMS = "() => window.windsock.streams()"
STILL_TYPES = {"video_stream"}
"""Their one sample is an address."""


@dataclass(frozen=True)
class Reading:
    """The page at one time, after a full collection."""

    seconds: float
    heap: float
    """Bytes of JavaScript objects."""
    buffers: float
    """Bytes of array buffers, which the heap does not count."""
    resident: float
    """Bytes of the page's whole process: its threads' heaps and canvases, too."""
    nodes: float
    listeners: float
    held: float
    """Samples that the board keeps."""
    received: float
    """Samples that came since it was opened."""
    lost: float
    still: list[str]
    """Streams that did not move since the reading before."""


def main() -> int:
    """Run the demo, watch its board, print the slopes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=RATE, help=f"times the demo's usual rate ({RATE:g})")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="windsock-soak-")))
        port = free_port()
        ports = {name: free_port() for name in OTHER_PORTS}
        env = {f"WINDSOCK_{name}_PORT": str(number) for name, number in ports.items()}
        env |= {"WINDSOCK_WEB_PORT": str(port), "WINDSOCK_OPEN_BROWSER": "0"}
        windsock = [sys.executable, "-P", "-m", "windsock.command"]
        tree = Child("up", [*windsock, "up"], folder=folder, cwd=folder, env=env)
        stack.enter_context(tree).wait_for_port(port)
        demo = [*windsock, "demo", "--all-types", "--rate", str(arguments.rate)]
        stack.enter_context(Child("demo", demo, folder=folder, cwd=folder, env=env))
        tab = Tab(launch(stack), *ALL_IN_SIGHT)
        tab.page.goto(f"http://127.0.0.1:{port}/")
        tab.page.wait_for_function("() => window.windsock && window.windsock.draws() > 100", timeout=60_000)
        readings = _watch(tab, arguments.minutes * 60)
    return _report(readings, arguments.rate)


def _watch(tab: Tab, seconds: float) -> list[Reading]:
    begin = time.monotonic()
    found: list[Reading] = []
    before: dict[str, int] = {}
    while (passed := time.monotonic() - begin) < seconds:
        heap, buffers = tab.memory_bytes()
        counts = tab.counts()
        streams: list[dict[str, Any]] = tab.page.evaluate(STREAMS)
        held, received, lost = (sum(one[name] for one in streams) for name in ("held", "samples", "lost"))
        moving = {one["id"]: one["samples"] for one in streams if one["type"] not in STILL_TYPES}
        still = [stream for stream, samples in moving.items() if before.get(stream) == samples]
        before = moving
        nodes, listeners = counts["Nodes"], counts["JSEventListeners"]
        resident = tab.resident_bytes()
        found.append(Reading(passed, heap, buffers, resident, nodes, listeners, held, received, lost, still))
        print(
            f"  {passed / 60:5.1f} min  heap {heap / MIB:6.2f} MiB  buffers {buffers / MIB:6.2f} MiB  process {resident / MIB:5.0f} MiB  {nodes:,.0f} nodes"
            f"  {listeners:,.0f} listeners  {held:,} of {received:,} samples kept, {lost:,} lost{'; still: ' if still else ''}{', '.join(still)}",
            file=sys.stderr,
            flush=True,
        )
        tab.page.wait_for_timeout(EVERY_SECONDS * 1_000)
    return found


def slope_of(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Growth a second of the fitted line, and its standard error."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return slope, math.sqrt(rest / max(1, count - 2) / spread)


def _report(readings: list[Reading], rate: float) -> int:
    settled = readings[len(readings) // 4 :]
    if len(settled) < 4:
        print("too short to tell: at least a minute")
        return 2
    minutes = (settled[-1].seconds - settled[0].seconds) / 60
    print(f"after warm-up, over {minutes:.1f} min at {rate:g} times the demo's rate:")

    def fitted(title: str, unit: str, divisor: float, of: Callable[[Reading], float]) -> tuple[float, float]:
        slope, error = slope_of([(one.seconds, of(one)) for one in settled])
        hour = 3_600 / divisor
        print(
            f"  {title}: {of(settled[0]) / divisor:,.2f} to {of(settled[-1]) / divisor:,.2f} {unit}, slope {slope * hour:+,.2f} {unit}/h, standard error"
            f" {error * hour:,.2f}; {HOURS:g} h at the usual rate: {slope * hour * HOURS / rate:+,.2f} {unit}"
        )
        return slope, error

    growth = [
        fitted("heap", "MiB", MIB, lambda one: one.heap),
        fitted("array buffers", "MiB", MIB, lambda one: one.buffers),
    ]
    whole, error = fitted("process", "MiB", MIB, lambda one: one.resident)
    fitted("DOM nodes", "nodes", 1, lambda one: one.nodes)
    fitted("listeners", "listeners", 1, lambda one: one.listeners)
    print(f"  lost: {readings[-1].lost:,} of {readings[-1].received:,} samples")
    filling, spread = fitted("samples kept", "samples", 1, lambda one: one.held)
    growth = [(slope, error, MOST_GROWTH) for slope, error in growth] + [(whole, error, MOST_PROCESS_GROWTH)]
    grows = any(slope > 2 * error and slope * 3_600 * HOURS / rate > most for slope, error, most in growth)
    if grows and filling > 2 * spread + 0.05:
        print("still filling: each stream's samples have their bound; run it for longer")
        return 3
    print("grows" if grows else "no growth beyond the noise")
    stood = sorted({stream for one in settled for stream in one.still})
    if stood:
        print(f"stood still for {EVERY_SECONDS:g} s or more: {', '.join(stood)}")
    return 1 if grows or stood else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Does a board that is kept open all day grow? `python benchmarks/soak.py --minutes 20`: the heap after collection, over time, at full demo rate.

A line is fitted to the heap's size after the first quarter (rings fill, code is compiled); its slope is held against the scatter around it.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, from any folder

from benchmarks.chromium import Tab, launch
from benchmarks.processes import Child, free_port

EVERY_SECONDS = 10.0
Reading = tuple[float, float, float]
"""Seconds, bytes of heap, samples kept."""
MIB = 1 << 20
HOURS = 12.0
OTHER_PORTS = ("TCP", "TCP_LARGE", "HTTP", "INGEST_TCP_HEALTH", "INGEST_REDIS_HEALTH", "VIDEO_HEALTH")


def main() -> int:
    """Run the demo, watch its board, print the slope."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    minutes = parser.parse_args().minutes
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="windsock-soak-")))
        port = free_port()
        env = {f"WINDSOCK_{name}_PORT": str(free_port()) for name in OTHER_PORTS}
        env |= {"WINDSOCK_WEB_PORT": str(port), "WINDSOCK_OPEN_BROWSER": "0"}
        tree = Child(
            "up", [sys.executable, "-P", "-m", "windsock.command", "up", "--demo"], folder=folder, cwd=folder, env=env
        )
        stack.enter_context(tree).wait_for_port(port)
        tab = Tab(launch(stack))
        tab.page.goto(f"http://127.0.0.1:{port}/")
        tab.page.wait_for_function("() => window.windsock && window.windsock.draws() > 100", timeout=60_000)
        heaps = _watch(tab, minutes * 60)
    return _report(heaps)


def _watch(tab: Tab, seconds: float) -> list[Reading]:
    """The heap's size and how many samples are kept, over time."""
    begin = time.monotonic()
    found: list[Reading] = []
    while (passed := time.monotonic() - begin) < seconds:
        heap = tab.heap_bytes()
        held = tab.page.evaluate("() => window.windsock.streams().reduce((sum, one) => sum + one.held, 0)")
        found.append((passed, heap, float(held)))
        print(f"  {passed / 60:5.1f} min  {heap / MIB:7.2f} MiB  {held:,} samples kept", file=sys.stderr, flush=True)
        tab.page.wait_for_timeout(EVERY_SECONDS * 1_000)
    return found


def slope_of(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Bytes a second of the fitted line, and its standard error."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return slope, math.sqrt(rest / max(1, count - 2) / spread)


def _report(heaps: list[Reading]) -> int:
    settled = heaps[len(heaps) // 4 :]
    if len(settled) < 4:
        print("too short to tell: at least a minute")
        return 2
    slope, error = slope_of([(at, heap) for at, heap, _ in settled])
    filling, spread = slope_of([(at, held) for at, _, held in settled])
    hour = 3_600 / MIB
    grows = slope > 2 * error and slope * 3_600 * HOURS > 16 * MIB
    print(
        f"heap {settled[0][1] / MIB:.2f} to {settled[-1][1] / MIB:.2f} MiB over {(settled[-1][0] - settled[0][0]) / 60:.1f} min after warm-up"
    )
    print(
        f"slope {slope * hour:+.2f} MiB/h, standard error {error * hour:.2f}; {HOURS:.0f} h of it would be {slope * hour * HOURS:+.1f} MiB"
    )
    if grows and filling > 2 * spread + 0.05:
        print(
            f"still filling: {filling * 60:,.0f} samples a minute more are kept, each has its bound; run it for longer"
        )
        return 3
    print("grows" if grows else "no growth beyond the noise")
    return 1 if grows else 0


if __name__ == "__main__":
    raise SystemExit(main())

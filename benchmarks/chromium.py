"""Debian's Chromium for rows about the board: software rendering, its main thread's CPU time from the DevTools protocol."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from benchmarks.processes import MissingPeer

if TYPE_CHECKING:
    from contextlib import ExitStack

    from playwright.sync_api import Browser, Page

__all__ = ["Tab", "launch"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--js-flags=--expose-gc",
]


def launch(stack: ExitStack) -> Browser:
    """A browser that ends with the stack.

    Raises:
        MissingPeer: there is none on this machine.
    """
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # a development dependency
    except ImportError as error:
        raise MissingPeer("Playwright is not installed: make setup") from error
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise MissingPeer("no Chromium is installed: apt-get install chromium")
    playwright = stack.enter_context(sync_playwright())
    browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
    stack.callback(browser.close)
    return browser


class Tab:
    """One page, and what it costs."""

    def __init__(self, browser: Browser, width: int = 1600, height: int = 1000) -> None:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark")
        self.page: Page = context.new_page()
        self.cdp: Any = context.new_cdp_session(self.page)
        self._whole: Any = browser.new_browser_cdp_session()
        self.cdp.send("Performance.enable", {"timeDomain": "threadTicks"})

    def main_thread_seconds(self) -> float:
        """CPU time of the page's main thread so far."""
        return self._metrics()["TaskDuration"]

    def browser_seconds(self) -> float:
        """CPU time of the whole browser so far: all threads of all of its processes, which put pictures together, too."""
        processes: list[dict[str, Any]] = self._whole.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(float(each["cpuTime"]) for each in processes)

    def memory_bytes(self) -> tuple[float, float]:
        """JavaScript heap and array buffers after a full collection."""
        self.cdp.send("HeapProfiler.enable")
        for _ in range(2):
            self.cdp.send("HeapProfiler.collectGarbage")
        usage = self.cdp.send("Runtime.getHeapUsage")
        return float(usage["usedSize"]), float(usage.get("backingStorageSize", 0))

    def resident_bytes(self) -> float:
        """Private memory of the page's process with all its threads; of all pages, if the browser has several."""
        processes: list[dict[str, Any]] = self._whole.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(_private_bytes(each["id"]) for each in processes if each["type"] == "renderer")

    def counts(self) -> dict[str, float]:
        """What the page has: `Nodes`, `JSEventListeners`, `Documents` and more, by the DevTools protocol's names."""
        return self._metrics()

    def _metrics(self) -> dict[str, float]:
        found = cast("list[dict[str, Any]]", self.cdp.send("Performance.getMetrics")["metrics"])
        return {entry["name"]: float(entry["value"]) for entry in found}

    def close(self) -> None:
        """Close the page and its context."""
        self.page.context.close()


def _private_bytes(pid: int) -> float:
    """A process's memory that it shares with no other: what the kernel sums up in smaps_rollup."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0.0
    return sum(float(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))

"""The first minute: what `make run` shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


def test_the_demo_fills_the_board_by_every_way_in(
    tmp_path: Path, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    with RunningTree(tmp_path, "--demo") as tree:
        page = open_board(tree.ready().board, height=1180)

        def all_alive() -> bool:
            streams = page.evaluate("() => window.windsock.streams()")
            # A camera's one sample is its address.
            least = {"demo/camera": 1}
            return len(streams) >= 19 and all(stream["samples"] >= least.get(stream["id"], 2) for stream in streams)

        until(all_alive, "every stream of the demo has samples", 40)
        assert all(stream["lost"] == 0 for stream in page.evaluate("() => window.windsock.streams()"))
        expect(page.locator("[data-stream]")).to_have_count(19)
        expect(page.get_by_text("This panel failed")).to_have_count(0)
        keep_picture(page, "demo-dark")
        page.get_by_role("button", name="Switch to day").click()
        keep_picture(page, "demo-light")

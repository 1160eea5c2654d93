"""`windsock demo --all-types`: a live panel for every type that there is, in day and night, on a desk and on a phone, with pictures for people to look at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page, expect

from windsock.shared.messages import TYPES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def test_every_type_has_a_panel_that_moves(
    tmp_path: Path, open_board: Callable[..., Page], pictures: Path, keep_picture: Callable[[Page, str], None]
) -> None:
    with RunningTree(tmp_path) as tree:
        tree.ready()
        ports = {
            "WINDSOCK_WEB_PORT": str(urlsplit(tree.board).port),
            "WINDSOCK_TCP_PORT": str(tree.tcp_port),
            "WINDSOCK_TCP_LARGE_PORT": str(tree.tcp_large_port),
            "WINDSOCK_HTTP_PORT": str(urlsplit(tree.http_url).port),
            "WINDSOCK_VIDEO_TEST_FEEDS": "1",
        }
        demo = subprocess.Popen(
            [sys.executable, "-P", "-m", "windsock.command", "demo", "--all-types"],
            env={**os.environ, **ports},
            stdout=subprocess.DEVNULL,
        )
        try:
            for scheme in ("dark", "light"):
                for name, width in (("wide", 1440), ("phone", 390)):
                    # As high as all panels together, so that none waits for somebody to scroll.
                    page = open_board(tree.board, width=width, height=9500 if name == "phone" else 3000, scheme=scheme)
                    every_panel_moves(page)
                    sideways = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
                    assert sideways <= 0, f"{name}: the page is {sideways} px too wide"
                    keep_picture(page, f"types-{scheme}-{name}")
                    page.context.close()
        finally:
            demo.terminate()
            demo.wait(10)
    assert (pictures / "types-light-phone.png").stat().st_size > 50_000


def every_panel_moves(page: Page) -> None:
    def streams() -> list[dict[str, Any]]:
        return page.evaluate("() => window.windsock.streams()")

    def types() -> set[str]:
        return set(page.locator("article[data-stream]").evaluate_all("all => all.map(one => one.dataset.type)"))

    until(lambda: types() == set(TYPES), f"a panel of every type; missing: {set(TYPES) - types()}", 40)
    first = {stream["id"]: stream["samples"] for stream in streams()}
    # A camera has one sample, its address: its pictures are counted on its canvas.
    until(
        lambda: all(one["samples"] > first[one["id"]] or one["id"] == "demo/camera" for one in streams()),
        "every stream goes on",
        40,
    )
    camera = page.locator("article[data-type=video_stream] canvas.picture")
    until(lambda: int(camera.get_attribute("data-frames") or 0) >= 3, "the camera moves", 40)
    expect(page.get_by_text("This panel failed")).to_have_count(0)
    expect(page.get_by_text("waiting for the first sample")).to_have_count(0)

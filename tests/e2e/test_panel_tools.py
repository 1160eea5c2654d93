"""What each kind of panel lets people do with it: filter a log, look closer at a picture, find their way in a tree, all of it also by keyboard."""

from __future__ import annotations

import base64
import json
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.e2e

PICTURE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAGElEQVR4nGM4wRBwwibgREXAiS0BDMgcAJMiC5Fb5LnGAAAAAElFTkSuQmCC"
"""Four pixels wide and two high."""


def panel(page: Page, stream: str) -> Locator:
    """A panel, scrolled into view: what nobody sees is not drawn."""
    box = page.locator(f'[data-stream="{stream}"]')
    box.scroll_into_view_if_needed()
    return box


def test_a_log_of_100_000_lines_scrolls_filters_and_follows(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    levels = ("debug", "info", "warning", "error")
    common = {"id": "long log", "type": "text", "active_points": 100_000}
    send_tcp(
        shared_tree.tcp_port,
        *(
            {**common, "value": [{"level": levels[n % 4], "text": f"line {n}"} for n in range(start, start + 2_000)]}
            for start in range(0, 100_000, 2_000)
        ),
    )
    box = panel(page, "long log")
    expect(box).to_contain_text("100,000 lines", timeout=30_000)
    log = box.get_by_role("log")
    lines = log.locator("li")
    assert lines.count() < 100, "only what is in sight is in the document"
    expect(lines.last).to_contain_text("line 99999")

    log.focus()
    page.keyboard.press("Home")
    expect(lines.first).to_contain_text("line 0")
    expect(box.get_by_role("button", name="follow")).to_be_visible()
    send_tcp(shared_tree.tcp_port, {**common, "value": "after"})
    expect(box).to_have_attribute("data-offset", "51")
    expect(lines.first).to_contain_text("line 0")
    keep_picture(page, "log")
    box.get_by_role("button", name="follow").click()
    expect(lines.last).to_contain_text("after")

    costs = log.evaluate("""async (log) => {
      const costs = [];
      for (let i = 0; i < 60; i++) {
        log.scrollTop = Math.random() * log.scrollHeight;
        const start = performance.now();
        await new Promise((done) => log.addEventListener('scroll', () => done(), { once: true }));
        costs.push(performance.now() - start);
        await new Promise(requestAnimationFrame);
      }
      return costs.sort((a, b) => a - b);
    }""")
    assert costs[len(costs) // 2] < 150, f"half of the leaps were answered within a few frames, in ms: {costs}"

    box.get_by_label("Filter lines").fill("line 4242")
    expect(box).to_contain_text("20 of 100,000 lines")
    box.get_by_label("Least level").select_option("error")
    # Of these two are errors.
    expect(box).to_contain_text("2 of 100,000 lines")
    expect(lines.first).to_contain_text("line 42423")
    assert page.evaluate("() => window.hacked") is None


def test_a_logs_long_lines_go_on_in_the_next_or_do_not(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(shared_tree.board, width=800)
    send_tcp(shared_tree.tcp_port, {"id": "wide log", "type": "text", "value": ["x" * 900, "short", "日本語" * 60]})
    box = panel(page, "wide log")
    first = box.locator("li").first
    expect(first).to_be_visible()
    heights = "panel => [...panel.querySelectorAll('ol > *, .log-space')].map(each => each.offsetHeight)"

    def known_before_drawn() -> bool:
        # Panels that come at this moment change its width, and that is known at the next drawing only.
        short, middle, longest, room = sorted(box.evaluate(heights))
        return short == 19 < middle and 0 <= room - short - middle - longest <= 2 * 19

    until(known_before_drawn, "heights that are known before lines are drawn")
    box.get_by_role("button", name="Wrap").click()
    until(lambda: first.evaluate("item => item.offsetHeight") == 19, "one row a line")
    page.reload()
    expect(panel(page, "wide log").get_by_role("button", name="Wrap")).to_have_attribute("aria-pressed", "false")


def test_a_picture_is_looked_at_closer_by_keys_and_by_buttons(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    send_tcp(shared_tree.tcp_port, {"id": "closer", "type": "image", "value": PICTURE})
    box = panel(page, "closer")
    picture = box.locator("canvas.picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("picture => picture.width") == 4

    def width() -> float:
        return picture.evaluate("picture => picture.getBoundingClientRect().width")

    whole = width()
    assert whole > 100, "it fills its panel"
    box.locator(".picture-frame").focus()
    page.keyboard.press("+")
    until(lambda: width() > whole * 1.3, "nearer, although it is larger than life already")
    left = picture.evaluate("picture => picture.getBoundingClientRect().left")
    page.keyboard.press("ArrowLeft")
    until(lambda: picture.evaluate("picture => picture.getBoundingClientRect().left") > left + 20, "it moves")
    page.keyboard.press("-")
    until(lambda: width() < whole * 1.05, "farther")
    page.keyboard.press("0")
    until(lambda: width() == whole, "whole")
    page.keyboard.press("1")
    until(lambda: width() == 4, "pixel by pixel")
    page.reload()
    box = panel(page, "closer")
    until(lambda: width() == 4, "pixel by pixel again after a reload")
    box.hover()
    box.get_by_role("button", name="The whole picture").click()
    until(lambda: width() == whole, "whole again")
    keep_picture(page, "picture-tools")


def test_pictures_that_follow_one_another_leave_nothing_behind(
    tree: RunningTree, open_board: Callable[..., Page], browser: Browser
) -> None:
    """A browser that kept what it decoded would take 0.9 MB for each of these."""
    page = open_board(tree.board)
    whole: Any = browser.new_browser_cdp_session()
    draws = "() => window.windsock.draws()"

    def show(count: int) -> None:
        last = page.evaluate(draws) + count
        with socket.create_connection(("127.0.0.1", tree.tcp_large_port)) as link:
            while page.evaluate(draws) < last:
                text = json.dumps({"id": "film", "type": "image", "value": noise()}).encode()
                link.sendall(struct.pack(">L", len(text)) + text)
                page.wait_for_timeout(20)

    def memory() -> float:
        processes = whole.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(private_bytes(each["id"]) for each in processes if each["type"] == "renderer") / 2**20

    show(30)
    begin = memory()
    show(150)
    assert memory() - begin < 60, "MiB more than before 150 pictures of 0.9 MB"


def noise() -> str:
    """A picture of 640 x 360 that was not there before."""
    pixels = np.random.default_rng().integers(0, 255, (36, 64, 3), np.uint8)
    _, data = cv2.imencode(".jpg", cv2.resize(pixels, (640, 360)))
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


def private_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def test_the_keys_go_from_cell_to_cell(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    for kind in ("heatmap", "bubble_matrix"):
        stream = f"cells {kind}"
        send_tcp(
            shared_tree.tcp_port, {"id": stream, "type": kind, "value": [[1, 2], [3, 4]], "legend": ["top", "low"]}
        )
        box = panel(page, stream)
        expect(box).to_have_attribute("data-offset", "1")
        box.locator("canvas.sheet").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            page.keyboard.press(key)
        expect(box.locator(".tip")).to_contain_text("low · column 1")
        expect(box.locator("[aria-live=polite].visually-hidden").first).to_have_text("4, low · column 1")
        page.keyboard.press("Escape")
        expect(box.locator(".tip")).to_be_hidden()

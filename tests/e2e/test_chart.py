"""Line charts: painted by a thread of their own, by the page where there is none, and read by hand."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

GREEN = "rgb(0, 200, 80)"
COUNT_GREEN = """
(panel) => {
  const canvas = panel.querySelector('canvas');
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  let green = 0;
  for (let i = 0; i < pixels.length; i += 4)
    if (pixels[i + 3] > 60 && pixels[i + 1] > 120 && pixels[i + 1] - pixels[i] > 60) green++;
  return green;
}
"""
HANDED_OVER = """
(panel) => {
  try { panel.querySelector('canvas').getContext('2d'); return false; } catch { return true; }
}
"""
"""Whether the canvas belongs to another thread: then the page gets no context of it."""

FILLS = """
(panel) => {
  const { width, height } = panel.querySelector('canvas');
  const room = panel.querySelector('.host').getBoundingClientRect();
  return room.width > innerWidth - 10 && width === Math.floor(room.width) && height === Math.floor(room.height);
}
"""


def chart(page: Page, stream: str, count: int) -> Locator:
    """A panel in sight that shows so many samples."""
    box = page.locator(f'[data-stream="{stream}"]')
    box.scroll_into_view_if_needed()
    expect(box).to_have_attribute("data-offset", str(count))
    return box


def wave(stream: str, **fields: object) -> dict[str, object]:
    """A stream of fifty samples, a second apart."""
    begin = int(time.time() * 1_000) - 50_000
    rows = [[begin + n * 1_000, n % 10] for n in range(50)]
    return {"id": stream, "borderColor": [GREEN], "active_points": 50, "samples": rows, **fields}


@pytest.mark.parametrize("kind", ["line", "area"])
def test_lines_are_painted_off_the_pages_own_thread(
    shared_tree: RunningTree, open_board: Callable[..., Page], kind: str
) -> None:
    page = open_board(shared_tree.board)
    send_tcp(shared_tree.tcp_port, wave(f"painted {kind}", type=kind))
    box = chart(page, f"painted {kind}", 50)
    until(lambda: box.evaluate(COUNT_GREEN) > 50, "the line is on the screen in its colour")
    assert box.evaluate(HANDED_OVER), "another thread paints it"


def test_the_page_paints_them_itself_when_the_painter_can_not_be_loaded(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board("about:blank")
    page.route(re.compile(r"painter\.worker"), lambda route: route.abort())
    page.goto(shared_tree.board)
    send_tcp(shared_tree.tcp_port, wave("unaided"))
    box = chart(page, "unaided", 50)
    until(lambda: box.evaluate(COUNT_GREEN) > 50, "the line is on the screen all the same")
    assert not box.evaluate(HANDED_OVER)
    expect(box.get_by_text("This panel failed")).to_have_count(0)


def test_a_chart_keeps_up_with_its_panels_size(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    send_tcp(shared_tree.tcp_port, wave("resized"))
    page = open_board(shared_tree.board)
    box = chart(page, "resized", 50)
    page.get_by_role("button", name="Enlarge resized").click(force=True)
    until(lambda: box.evaluate(FILLS), "it has as many pixels as the window has room")
    until(lambda: box.evaluate(COUNT_GREEN) > 1_000, "and is painted as large")


def test_the_legends_statistics_are_about_what_is_in_sight(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    begin = int(time.time() * 1_000) - 100_000
    rows = [[begin + n * 1_000, n] for n in range(100)]
    send_tcp(shared_tree.tcp_port, {"id": "zoomed stats", "active_points": 100, "samples": rows})
    page = open_board(shared_tree.board)
    box = chart(page, "zoomed stats", 100)
    box.hover()
    box.get_by_role("button", name="Menu of zoomed stats").click()
    page.get_by_role("menuitemcheckbox", name="Statistics").click()
    least = box.locator("tbody td").nth(1)
    expect(least).to_have_text("0")
    over = box.locator(".chart-plot")
    place = over.bounding_box()
    assert place
    page.mouse.move(place["x"] + place["width"] * 0.9, place["y"] + place["height"] / 2)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(page.locator(".bar[aria-label=Time]")).to_be_visible()
    until(lambda: int(least.inner_text()) > 20, "the smallest value is the smallest in sight")

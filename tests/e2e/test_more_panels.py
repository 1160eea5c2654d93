"""The panels that are drawn by hand, the table and the map: each gets data by TCP, and shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from kit.axe import problems
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

GREEN = "rgb(0, 200, 80)"
EVIL = "<img src=x onerror=\"document.title='owned'\">"

DRAWN: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "gauge": ({"unit": "%", "min": 0, "max": 100}, [20, 80]),
    "bubble_matrix": ({"legend": ["a", EVIL]}, [[[1, 5], [3, None]], [1, 1, 9]]),
    "tree": ({"unit": "req/s"}, [{"name": EVIL, "children": [{"name": "a", "value": 3}, {"name": "b", "value": 5}]}]),
    "treemap": ({}, [{"name": "all", "children": [{"name": EVIL, "value": 9}, {"name": "b", "value": 1}]}]),
    "scatter3d": ({}, [[[0, 0, 0], [1, 2, 3]], [[2, 1, 2]], [[3, 3, 1]]]),
    "line3d": ({}, [[[0, 0, 0], [1, 2, 3]], [[2, 1, 2]], [[3, 3, 1]]]),
}

COUNT_GREEN = """
(panel) => {
  let green = 0;
  for (const canvas of panel.querySelectorAll('canvas')) {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < pixels.length; i += 4) {
      const [r, g, b, a] = [pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]];
      if (a > 10 && g - r > 25 && g - b > 12) green++;
    }
  }
  return green;
}
"""
"""Pixels that are green as published, or a fainter shade of it."""

CELL_AT = """
(panel, [row, col]) => [...panel.querySelector('canvas.cells').getContext('2d').getImageData(col, row, 1, 1).data]
"""
"""The colour of a heatmap's cell: each is a pixel of its canvas, which the browser stretches."""


def panel(page: Page, stream: str) -> Locator:
    """A panel, scrolled into view: what nobody sees is not drawn."""
    box = page.locator(f'[data-stream="{stream}"]')
    box.scroll_into_view_if_needed()
    return box


def shown(page: Page, stream: str, count: int) -> Locator:
    """The same, once it has drawn so many samples."""
    box = panel(page, stream)
    expect(box).to_have_attribute("data-offset", str(count))
    return box


@pytest.mark.parametrize("kind", DRAWN)
def test_a_drawn_panel_shows_the_published_colour(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None], kind: str
) -> None:
    fields, samples = DRAWN[kind]
    stream = f"drawn {kind}"
    page = open_board(shared_tree.board)
    common = {"id": stream, "type": kind, "borderColor": [GREEN], "backgroundColor": [GREEN], **fields}
    send_tcp(shared_tree.tcp_port, *({**common, "value": sample} for sample in samples))
    box = shown(page, stream, len(samples))
    until(lambda: box.evaluate(COUNT_GREEN) > 20, f"the {kind} panel has drawn in the published colour")
    assert box.locator("img").count() == 0
    assert page.title() != "owned"
    keep_picture(page, f"panel-{kind}")


def test_a_heatmap_adds_its_cells_up_and_a_late_viewer_sees_the_same(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    common = {"id": "heat", "type": "heatmap", "width": 4, "height": 2, "min": 0, "max": 10}
    cells: list[list[float]] = [[0, 0], [0, 0], [1, 3, 8], [1, 3, 2]]
    send_tcp(shared_tree.tcp_port, *({**common, "value": cell} for cell in cells))
    for viewer in (page, open_board(shared_tree.board)):
        box = shown(viewer, "heat", 4)
        expect(box.locator("canvas.sheet")).to_have_attribute("aria-label", "heat: 2 rows, 4 columns, 0 to 10")
        cold, hot = (box.evaluate(CELL_AT, place) for place in ([0, 2], [1, 3]))
        assert cold[0] < 80, f"nothing is dark violet, this is {cold}"
        assert hot[0] > 200, f"ten is yellow, this is {hot}"
        box.locator("canvas.sheet").hover(position={"x": 30, "y": 30})
        expect(box.locator(".tip")).to_contain_text("row 0 · column 0")
        expect(box.locator(".tip")).to_contain_text("2")
    box = panel(page, "heat")
    box.get_by_label("Colours").select_option("greys")
    until(lambda: box.evaluate(CELL_AT, [1, 3])[2] > 200, "the hot cell is white now")
    keep_picture(page, "panel-heatmap")


def test_a_matrix_replaces_a_heatmap(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    common = {"id": "matrix", "type": "heatmap", "min": 0, "max": 6}
    send_tcp(shared_tree.tcp_port, {**common, "value": [9, 9]}, {**common, "value": [[1, 2, 3], [4, 5, 6]]})
    label = "matrix: 2 rows, 3 columns, 0 to 6"
    expect(shown(page, "matrix", 2).locator("canvas.sheet")).to_have_attribute("aria-label", label)


def test_a_table_is_sorted_and_filtered_and_holds_only_text(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    rows: list[dict[str, object]] = [{"host": f"node{n}", "load": n * 7 % 100} for n in range(500)]
    rows[0]["note"] = EVIL
    send_tcp(shared_tree.tcp_port, {"id": "rows", "type": "table", "value": rows})
    box = shown(page, "rows", 1)
    expect(box).to_contain_text("500 rows")
    first = box.locator("tbody tr:not(.table-space)").first
    expect(first).to_contain_text(EVIL)
    assert box.locator("img").count() == 0
    assert box.locator("tbody tr").count() < 80, "only what is in sight is in the document"
    box.get_by_role("button", name="load").click()
    expect(first).to_contain_text("99")
    box.get_by_label("Filter rows").fill("node499")
    expect(box).to_contain_text("1 of 500 rows")
    expect(first).to_contain_text("node499")
    keep_picture(page, "panel-table")


def test_a_map_shows_markers_that_move(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    common = {"id": "ships", "type": "map"}
    for lng in (-40, -30, -20):
        marker = {"lat": 45, "lng": lng, "name": EVIL, "color": GREEN}
        send_tcp(shared_tree.tcp_port, {**common, "value": {"data": [marker, {"lat": 20, "lng": 30, "name": "Buoy"}]}})
        box = shown(page, "ships", (lng + 50) // 10)
    expect(box.locator(".map-name").first).to_have_text(EVIL[:27] + "…")
    expect(box.locator(".host").get_by_text("Buoy")).to_be_visible()
    assert box.locator("img").count() == 0
    until(lambda: box.evaluate(COUNT_GREEN) > 100, "the marker and its trail are drawn in the marker's colour")
    before = box.locator(".map-name").first.bounding_box()
    marker = {"lat": 0, "lng": -20, "name": EVIL, "color": GREEN}
    send_tcp(shared_tree.tcp_port, {**common, "value": {"center": {"lat": 0, "lng": 0}, "zoom": 2, "data": [marker]}})
    box = shown(page, "ships", 4)
    expect(box.locator(".host").get_by_text("Buoy")).to_have_count(0)
    assert box.locator(".map-name").first.bounding_box() != before
    keep_picture(page, "panel-map")


def test_what_older_publishers_send_as_a_map_is_drawn(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(shared_tree.board)
    text = "{ center: {lat: 41.4, lng: 2.17}, zoom: 4, data: [{lat: 41.4, lng: 2.2, name: 'Barcelona'}] }"
    send_tcp(shared_tree.tcp_port, {"id": "old map", "type": "map", "value": text})
    expect(shown(page, "old map", 1).locator(".host").get_by_text("Barcelona")).to_be_visible()


def test_a_surface_is_coloured_by_height_and_turns(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    heights = [[(row - 8) ** 2 + (col - 8) ** 2 for col in range(16)] for row in range(16)]
    send_tcp(shared_tree.tcp_port, {"id": "hill", "type": "surface", "value": heights})
    box = shown(page, "hill", 1)
    until(lambda: box.evaluate(COUNT_GREEN) > 500, "the middle of the colour map is green, and much of it is seen")
    canvas = box.locator("canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    until(lambda: canvas.evaluate("canvas => canvas.toDataURL()") != before, "the arrow key turns it")
    keep_picture(page, "panel-surface")


def test_a_tree_is_walked_and_folded_by_keys(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    branches = [{"name": "left", "children": [{"name": "leaf", "value": 2}]}, {"name": "right", "value": 7}]
    send_tcp(shared_tree.tcp_port, {"id": "walked", "type": "tree", "value": {"name": "root", "children": branches}})
    page = open_board(shared_tree.board)
    walked = page.locator('[data-stream="walked"] [role=tree]')
    expect(page.locator('[data-stream="walked"]')).to_have_attribute("data-samples", "1", timeout=20_000)
    walked.focus()
    item = walked.locator("[role=treeitem]")
    steps = [
        ("Home", "root", "true", "1"), ("ArrowDown", "left", "true", "2"), ("ArrowRight", "leaf, 2", None, "3"), ("ArrowLeft", "left", "true", "2"),
        ("Enter", "left", "false", "2"), ("ArrowDown", "right, 7", None, "2"), ("ArrowUp", "left", "false", "2"), ("ArrowRight", "left", "true", "2"),
        ("End", "right, 7", None, "2"),
    ]  # fmt: skip
    for key, text, expanded, level in steps:
        page.keyboard.press(key)
        expect(item, key).to_have_text(text)
        expect(item).to_have_attribute("aria-level", level)
        if expanded is None:
            expect(item).not_to_have_attribute("aria-expanded", "true")
        else:
            expect(item, key).to_have_attribute("aria-expanded", expanded)
        assert walked.get_attribute("aria-activedescendant") == item.get_attribute("id")
    keep_picture(page, "tree-cursor")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert problems(page) == []


def test_a_treemap_is_walked_and_zoomed_by_keys(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    parts = [
        {"name": "big", "children": [{"name": "one", "value": 6}, {"name": "two", "value": 4}]},
        {"name": "small", "value": 3},
    ]
    send_tcp(shared_tree.tcp_port, {"id": "tiles", "type": "treemap", "value": {"name": "all", "children": parts}})
    page = open_board(shared_tree.board)
    expect(page.locator('[data-stream="tiles"]')).to_have_attribute("data-samples", "1", timeout=20_000)
    tiles = page.locator('[data-stream="tiles"] [role=tree]')
    tiles.focus()
    item = tiles.locator("[role=treeitem]")
    for key, text in [
        ("Home", "big, 10"), ("ArrowRight", "small, 3"), ("ArrowLeft", "big, 10"), ("ArrowDown", "one, 6"), ("End", "two, 4"), ("ArrowUp", "big, 10"),
    ]:  # fmt: skip
        page.keyboard.press(key)
        expect(item, key).to_have_text(text)
    page.keyboard.press("Enter")
    trail = page.locator('[data-stream="tiles"] nav')
    expect(trail).to_contain_text("big")
    keep_picture(page, "treemap-cursor")
    page.keyboard.press("Backspace")
    expect(trail).to_be_hidden()
    expect(item).to_have_text("big, 10")
    assert problems(page) == []


@pytest.mark.parametrize("kind", ["scatter3d", "line3d", "surface"])
def test_points_in_space_are_read_by_keys(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None], kind: str
) -> None:
    value = [[1, 2], [3, 4]] if kind == "surface" else [[0, 0, 5], [1, 2, 6], [2, 1, 7]]
    send_tcp(shared_tree.tcp_port, {"id": f"walk {kind}", "type": kind, "value": value})
    page = open_board(shared_tree.board)
    panel = page.locator(f'[data-stream="walk {kind}"]')
    expect(panel).to_have_attribute("data-samples", "1", timeout=20_000)
    panel.scroll_into_view_if_needed()
    # What it shows is known when it is drawn; before that, there is no point to go to.
    expect(panel.get_by_role("img", name=re.compile("3 points|2 rows"))).to_be_visible()
    panel.locator("canvas").focus()
    tip = panel.locator(".tip")
    steps = (
        [("Home", "1"), ("Shift+ArrowRight", "2"), ("Shift+ArrowUp", "4"), ("Shift+ArrowLeft", "3")]
        if kind == "surface"
        else [("End", "z 7"), ("Shift+ArrowLeft", "z 6"), ("Home", "z 5"), ("Shift+ArrowRight", "z 6")]
    )
    for key, text in steps:
        page.keyboard.press(key)
        expect(tip, key).to_contain_text(text)
    said = panel.locator("p[aria-live=polite].visually-hidden").first
    expect(said).to_contain_text(steps[-1][1])
    keep_picture(page, f"cursor-{kind}")
    page.keyboard.press("ArrowRight")
    expect(tip, "turning keeps the cursor").to_contain_text(steps[-1][1])

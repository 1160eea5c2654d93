"""What somebody has made of a board is kept: how tables are sorted, what logs are filtered by, where maps were left, what the board is filtered by."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

ROWS = [{"host": f"host {n}", "load": n * 7 % 10} for n in range(10)]
PLACES = [{"lat": 48.1, "lng": 11.5, "name": "Munich"}, {"lat": 41.15, "lng": -8.61, "name": "7, Porto"}]
KINDS = [
    {"id": "table", "type": "table", "value": ROWS},
    {
        "id": "log",
        "type": "text",
        "value": [{"level": "error", "text": "it broke"}, {"level": "info", "text": "it goes"}],
    },
    {"id": "map", "type": "map", "value": {"center": {"lat": 48, "lng": 11}, "zoom": 4, "data": PLACES}},
    {"id": "heat", "type": "heatmap", "value": [[1, 2], [3, 4]]},
    {"id": "line", "value": 4},
]


def panel(page: Page, stream: str) -> Locator:
    return page.locator(f'article[data-stream="{stream}"]')


def open_kinds(tree: RunningTree, open_board: Callable[..., Page]) -> Page:
    send_tcp(tree.tcp_port, *KINDS)
    page = open_board(tree.board)
    for kind in KINDS:
        expect(panel(page, str(kind["id"]))).to_have_attribute("data-samples", "1", timeout=20_000)
    return page


def look_around(page: Page) -> None:
    """Sorts, filters, moves, colours and filters again."""
    panel(page, "table").get_by_role("button", name="load").click()
    panel(page, "table").get_by_label("Filter rows").fill("host")
    panel(page, "log").get_by_label("Least level").select_option("error")
    panel(page, "heat").get_by_label("Colours").select_option("greys")
    page.locator(".leaflet-control-zoom-in").click()
    expect(panel(page, "map").get_by_role("button", name="fit")).to_be_visible()
    until(lambda: kept(page).get("map", {}).get("view"), "where the map was left is kept")
    page.keyboard.press("Shift+F")
    for kind in ("table", "text", "map", "heatmap"):
        page.get_by_role("region", name="Filter").get_by_role("button", name=f"{kind} 1", exact=True).click()
    expect(panel(page, "line")).to_have_count(0)


def kept(page: Page) -> dict[str, Any]:
    """The settings of panels, as this browser keeps them."""
    text = page.evaluate("() => Object.entries(localStorage).find(([key]) => key.endsWith('arrangement'))?.[1] ?? '{}'")
    return json.loads(text).get("panels", {})


def expect_the_same(page: Page) -> None:
    """All of `look_around` is seen."""
    expect(panel(page, "table").locator("tbody td").first).to_have_text("host 7")
    expect(panel(page, "table").get_by_label("Filter rows")).to_have_value("host")
    expect(panel(page, "log").get_by_label("Least level")).to_have_value("error")
    expect(panel(page, "log").locator("li")).to_have_count(1)
    expect(panel(page, "heat").get_by_label("Colours")).to_have_value("greys")
    expect(panel(page, "map").get_by_role("button", name="fit")).to_be_visible()
    expect(panel(page, "line")).to_have_count(0)
    expect(page.get_by_role("region", name="Filter")).to_contain_text("4 of 5")


def test_a_reload_a_saved_board_and_a_snapshot_show_what_was_looked_at(
    tree: RunningTree, open_board: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_kinds(tree, open_board)
    look_around(page)
    expect_the_same(page)
    page.reload()
    expect_the_same(page)

    page.get_by_role("button", name="More", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="Save a snapshot").click()
    file = tmp_path / "board.html"
    waiting.value.save_as(file)
    expect_the_same(open_board(file.as_uri()))

    page.get_by_role("button", name="All streams").click()
    page.get_by_role("menuitem", name="Save the board as").click()
    page.get_by_label("Name").fill("Errors")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("[data-toast=saved]")).to_be_visible()
    other = open_board(f"{tree.board}b/Errors")
    expect_the_same(other)
    expect(other.get_by_role("button", name="Save", exact=True)).to_have_count(0)

    panel(other, "map").get_by_role("button", name="fit").click()
    expect(panel(other, "map").get_by_role("button", name="fit")).to_have_count(0)
    other.get_by_role("region", name="Filter").get_by_role("button", name="Close the filter").click()
    expect(panel(other, "line")).to_be_visible()
    expect(other.get_by_role("button", name="Save", exact=True)).to_be_visible()


def test_what_is_set_for_one_panel_leaves_the_others_as_they_are(
    tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_kinds(tree, open_board)
    line = panel(page, "log").locator("li").first.element_handle()
    assert line is not None
    panel(page, "table").get_by_label("Filter rows").fill("host 7")
    until(lambda: kept(page).get("table"), "what the table is filtered by is kept")
    assert line.evaluate("line => line.isConnected"), "the log made its lines anew, and what was selected there is lost"
    scheme = page.locator("html").get_attribute("data-theme")
    page.get_by_role("button", name="Switch to day" if scheme == "dark" else "Switch to night").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light" if scheme == "dark" else "dark")


def test_names_on_a_map_stand_inside_of_it(tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_kinds(tree, open_board)
    send_tcp(
        tree.tcp_port,
        {"id": "map", "value": {"center": {"lat": 48, "lng": 11}, "zoom": 6, "data": [*PLACES, *east_of(page)]}},
    )
    names = panel(page, "map").locator(".map-name")
    expect(names.filter(has_text="A long name")).to_be_visible()
    expect(names.filter(has_text="Porto")).to_have_count(0)
    frame = panel(page, "map").locator(".map").bounding_box()
    assert frame is not None
    for name in names.all():
        box = name.bounding_box()
        assert box is not None
        assert box["x"] >= frame["x"], name.inner_text()
        assert box["x"] + box["width"] <= frame["x"] + frame["width"], name.inner_text()


def east_of(page: Page) -> list[dict[str, object]]:
    """A place near the map's right edge when it looks at 11° east from so near."""
    box = panel(page, "map").locator(".map").bounding_box()
    assert box is not None
    return [{"lat": 48, "lng": 11 + (box["width"] / 2 - 30) * 360 / (256 * 2**6), "name": "A long name at the edge"}]


def test_a_saved_board_watches_its_own_streams_alone_from_the_start(
    tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_kinds(tree, open_board)
    send_tcp(tree.tcp_port, {"id": "big", "type": "text", "value": ["x" * 3_000] * 40})
    expect(panel(page, "big")).to_be_visible()
    panel(page, "big").hover()
    panel(page, "big").get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name="Hide on this board").click()
    page.get_by_role("button", name="All streams").click()
    page.get_by_role("menuitem", name="Save the board as").click()
    page.get_by_label("Name").fill("Small")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("[data-toast=saved]")).to_be_visible()

    slow = open_board("about:blank")
    received: list[int] = []
    slow.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(str(frame)))))
    held: list[Any] = []
    slow.route("**/v1/boards/Small", lambda route: held.append(route))  # noqa: PLW0108 -- Playwright marks the handler
    slow.goto(f"{tree.board}b/Small")
    # The page is asked first: Playwright calls the route's handler only while it is asked something.
    until(
        lambda: slow.evaluate("() => window.windsock?.streams().length") == len(KINDS) + 1 and held,
        "all but the board is there",
    )
    expect(slow.get_by_text("Opening the board")).to_be_visible()
    expect(slow.locator("article")).to_have_count(0)
    held[0].continue_()
    expect(panel(slow, "line")).to_have_attribute("data-samples", "1", timeout=20_000)
    expect(panel(slow, "big")).to_have_count(0)
    assert sum(received) < 3_000 * 40, "what is hidden on the board was sent, too"


def test_a_saved_board_that_can_not_be_read_gives_way_to_all_streams(
    tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_kinds(tree, open_board)
    page.route("**/v1/boards/Away", lambda route: route.abort())
    page.goto(f"{tree.board}b/Away")
    expect(page.locator("[data-toast=boards]")).to_be_visible()
    expect(panel(page, "line")).to_be_visible()

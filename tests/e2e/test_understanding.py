"""What people read off a panel: statistics, scales, states, its ledger, its data as a table, and what is said to those who can't see it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e


def panel(page: Page, stream: str) -> Locator:
    """A panel, scrolled into view: what nobody sees is not drawn."""
    box = page.locator(f'[data-stream="{stream}"]')
    box.scroll_into_view_if_needed()
    return box


def choose(page: Page, box: Locator, option: str) -> None:
    """Choose from a panel's options, with the keyboard alone."""
    button = box.get_by_role("button", name=re.compile("^Menu of"))
    button.focus()
    page.keyboard.press("Enter")
    item = page.get_by_role("menuitemcheckbox", name=option)
    expect(item).to_be_visible()
    for _ in range(12):
        if item.evaluate("item => item === document.activeElement"):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(item).to_be_hidden()


def test_the_legend_tells_the_windows_statistics(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    common = {"id": "statistics", "legend": ["up", "down"], "unit": "B/s", "active_points": 4}
    send_tcp(shared_tree.tcp_port, *({**common, "value": [number * 10_000, 30 - number]} for number in (9, 1, 2, 3, 4)))
    box = panel(page, "statistics")
    choose(page, box, "Statistics")
    row = box.locator("tbody tr").first
    # 90,000 has left the window of four.
    expect(row).to_have_text(re.compile(r"up\s*40.kB/s\s*10.kB/s\s*25.kB/s\s*40.kB/s"))
    keep_picture(page, "legend-statistics")
    page.reload()
    expect(panel(page, "statistics").locator("tbody tr")).to_have_count(2)
    choose(page, panel(page, "statistics"), "Statistics")
    expect(panel(page, "statistics").locator("tbody tr")).to_have_count(0)


def test_series_are_hidden_and_shown_alone_by_pointer_and_by_keyboard(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(shared_tree.board)
    send_tcp(shared_tree.tcp_port, {"id": "toggles", "legend": ["one", "two", "three"], "value": [1, 2, 3]})
    box = panel(page, "toggles")

    def series(name: str) -> Locator:
        return box.locator("li button").filter(has_text=name)

    def shown() -> list[str]:
        return [name for name in ("one", "two", "three") if series(name).get_attribute("aria-pressed") == "true"]

    expect(series("two")).to_be_visible()
    series("two").click()
    assert shown() == ["one", "three"]
    series("three").click(modifiers=["Alt"])
    assert shown() == ["three"]
    series("three").click(modifiers=["Alt"])
    assert shown() == ["one", "two", "three"]
    series("one").focus()
    page.keyboard.press("Space")
    assert shown() == ["two", "three"]
    page.keyboard.press("Alt+Enter")
    assert shown() == ["one"]


def test_a_chart_takes_a_log_scale_and_keeps_it(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    send_tcp(shared_tree.tcp_port, *({"id": "powers", "value": 10**power} for power in range(6)))
    box = panel(page, "powers")
    expect(box).to_have_attribute("data-offset", "6")
    # Through a copy: a canvas that another thread paints gives its own pixels to nobody.
    drawing = """box => [...box.querySelectorAll('canvas')].map(canvas => {
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [canvas.width, canvas.height];
      copy.getContext('2d').drawImage(canvas, 0, 0);
      return copy.toDataURL();
    }).join()"""
    # The legend comes after the first drawing, and takes some of its room: the chart stands still when many frames are alike.
    still = """box => new Promise(done => {
      const drawing = %s;
      let last = '', alike = 0;
      const look = () => {
        const now = drawing(box);
        alike = now === last ? alike + 1 : 0;
        last = now;
        alike < 40 ? requestAnimationFrame(look) : done(now);
      };
      look();
    })"""
    before = box.evaluate(still % drawing)
    choose(page, box, "Log scale")
    until(lambda: box.evaluate(drawing) != before, "the chart is drawn with another scale")
    keep_picture(page, "log-scale")
    choose(page, box, "Log scale")
    # A pointer over the chart draws its cursor.
    page.mouse.move(2, 2)
    until(lambda: box.evaluate(drawing) == before, "and with the first one again")


def test_a_threshold_that_is_reached_colours_the_panel(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(shared_tree.board)
    levels = [{"value": 50, "color": "rgb(1, 2, 3)", "name": "warm"}, {"value": 80, "name": "hot"}]
    for kind in ("line", "gauge", "bar", "stat"):
        stream = f"state {kind}"
        common = {"id": stream, "type": kind, "thresholds": levels}
        send_tcp(shared_tree.tcp_port, {**common, "value": 10})
        box = panel(page, stream)
        expect(box).not_to_have_class(re.compile("reached"))
        send_tcp(shared_tree.tcp_port, {**common, "value": 60})
        expect(box).to_contain_text("warm")
        expect(box).to_have_css("border-top-color", "rgb(1, 2, 3)")
        send_tcp(shared_tree.tcp_port, {**common, "value": 20})
        expect(box).not_to_have_class(re.compile("reached"))


def test_every_panel_can_be_read_as_a_table_and_is_described(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    send_tcp(
        shared_tree.tcp_port,
        *({"id": "as table", "legend": ["in", "out"], "value": [n, 100 - n], "name": "Traffic"} for n in range(40)),
    )
    box = panel(page, "as table")
    until(lambda: "Line chart" in (box.locator("p.visually-hidden").inner_text()), "the panel is described")
    described = box.get_attribute("aria-describedby")
    text = page.locator(f"[id='{described}']").inner_text()
    assert "in 39, between 0 and 39" in text, text
    expect(box.locator("canvas").first).to_have_attribute("role", "img")
    choose(page, box, "View as table")
    first = box.locator("tbody tr:not(.table-space)").first
    expect(first).to_contain_text("39")
    expect(first).to_contain_text("61")
    expect(box).to_contain_text("40 rows")
    send_tcp(shared_tree.tcp_port, {"id": "as table", "value": [77, 88]})
    expect(first).to_contain_text("77")
    keep_picture(page, "as-table")
    choose(page, box, "View as table")
    expect(box.locator("canvas").first).to_be_visible()


def test_the_ledger_adds_up(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    common = {"id": "ledger", "active_points": 10}
    send_tcp(shared_tree.tcp_port, *({**common, "value": n} for n in range(5)))
    box = panel(page, "ledger")
    expect(box).to_have_attribute("data-offset", "5")
    choose(page, box, "Ledger")
    ledger = box.get_by_role("region", name="Ledger")

    def line(name: str) -> Locator:
        return ledger.get_by_role("row", name=re.compile(f"^{name}")).locator(".count")

    expect(line("Received")).to_have_text("5")
    # Out of sight nothing is drawn: of a hundred samples ten fit into the window.
    page.evaluate("() => { document.querySelector('main').style.paddingTop = '9000px'; scrollTo(0, 0); }")
    send_tcp(shared_tree.tcp_port, *({**common, "value": n} for n in range(100)))
    until(
        lambda: page.evaluate("() => window.windsock.streams().find(one => one.id === 'ledger').offset") == 105,
        "all samples have arrived",
    )
    page.evaluate("() => { document.querySelector('main').style.paddingTop = ''; }")
    box = panel(page, "ledger")
    expect(line("Received")).to_have_text("105")
    expect(line("Dropped")).to_have_text("90")
    expect(line("Missed")).to_have_text("0")
    keep_picture(page, "ledger")
    ledger.get_by_role("button", name="Close the ledger").click()
    expect(ledger).to_have_count(0)

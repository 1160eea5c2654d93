"""Names, units and groups as people give them: too long, without a space, from right to left. Nothing is cut without a sign, lies over another, or jumps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

GERMAN = "Datenübertragungsgeschwindigkeitsüberwachung Werk Süd, Halle 3, Linie 14"
UNBROKEN = "sensor_reading_from_the_building_" * 6
ARABIC = "درجة حرارة غرفة الخوادم في المبنى الجنوبي من المصنع الكبير"
GROUP = "Wetter & Klima der nördlichen Außenstellen im Schwarzwald"
LEGEND = [f"Messstelle {n:02d} Vorlauf Heizkreis Gebäude {n:02d}" for n in range(12)]
NAMED = [
    {"id": "line", "name": GERMAN, "group": GROUP, "legend": LEGEND, "unit": "m³/h", "value": list(range(12))},
    {"id": "area", "name": UNBROKEN, "type": "area", "value": [3, 4], "unit": "Kilowattstunden pro Quadratmeter"},
    {"id": "stat", "name": ARABIC, "type": "stat", "value": 1117737.56, "decimals": 2, "unit": "Kilowattstunden"},
    {"id": "log", "name": "a", "type": "text", "group": "Hall", "value": [f"line {n}" for n in range(200)]},
    {"id": "custom", "type": "custom", "config": {"type": "bar", "data": {"datasets": [{"data": [5, 5]}]}}},
    {"id": "hot", "name": UNBROKEN, "type": "gauge", "value": 99, "thresholds": [50], "unit": "Grad Celsius"},
]


def panel(page: Page, stream: str) -> Locator:
    return page.locator(f'article[data-stream="{stream}"]')


def open_named(tree: RunningTree, open_board: Callable[..., Page], **more: int) -> Page:
    send_tcp(tree.tcp_port, *NAMED)
    page = open_board(tree.board, **more)
    for stream in NAMED:
        expect(panel(page, str(stream["id"]))).to_be_visible(timeout=20_000)
    return page


def box(locator: Locator) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is on the screen."""
    found = locator.bounding_box()
    assert found is not None
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def holds(outer: Locator, inner: Locator) -> bool:
    a, b = box(outer), box(inner)
    return b[0] >= a[0] - 1 and b[1] >= a[1] - 1 and b[2] <= a[2] + 1 and b[3] <= a[3] + 1


@pytest.mark.parametrize("width", [1600, 390])
def test_a_panels_texts_stay_inside_of_it_and_end_in_dots(
    shared_tree: RunningTree, open_board: Callable[..., Page], width: int, keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_named(shared_tree, open_board, width=width)
    keep_picture(page, f"long-names-{width}")
    panel(page, "stat").scroll_into_view_if_needed()
    expect(panel(page, "stat").locator(".stat-unit")).to_have_text("Kilowattstunden")
    for stream, part in [
        ("stat", ".stat-unit"),
        ("stat", ".stat-notes"),
        ("area", ".unit"),
        ("area", "h2"),
        ("log", ".panel-bar span"),
    ]:
        assert holds(panel(page, stream), panel(page, stream).locator(part)), f"{part} of {stream}"
    dots = "part => getComputedStyle(part).textOverflow"
    for stream, part in [("stat", ".stat-unit"), ("area", ".unit"), ("area", "h2")]:
        assert panel(page, stream).locator(part).evaluate(dots) == "ellipsis"
    count = panel(page, "log").locator(".panel-bar span")
    panel(page, "log").scroll_into_view_if_needed()
    expect(count).to_contain_text("00")
    assert count.evaluate("part => part.scrollWidth <= part.clientWidth"), "how many lines there are is cut off"
    # What is read from right to left begins at the right: its beginning is seen, and its end is dots.
    assert panel(page, "stat").locator("h2").evaluate("name => getComputedStyle(name).direction") == "rtl"
    panel(page, "line").scroll_into_view_if_needed()
    rows = panel(page, "line").locator("ul li")
    expect(rows).to_have_count(12)
    legend = panel(page, "line").locator("ul")
    assert holds(legend, rows.nth(0))
    cut = legend.evaluate(
        """list => [...list.children].filter((row) => {
          const [a, b] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
          return b.top < a.bottom - 1 && b.bottom > a.bottom + 1;
        }).length"""
    )
    assert cut == 0, "a row of the legend is cut in half"
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_time_under_the_pointer_moves_nothing(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_named(shared_tree, open_board)
    send_tcp(shared_tree.tcp_port, *({"id": "area", "value": [n, n + 1]} for n in range(20)))
    plot = panel(page, "area").locator(".chart-plot")
    # A legend comes after the first drawing, and takes some of its room.
    expect(panel(page, "area").locator("ul li")).to_have_count(2)
    expect(panel(page, "line").locator("ul li")).to_have_count(12)
    until(lambda: box(plot)[2] - box(plot)[0] > 100, "it is drawn")
    before = [box(panel(page, stream).locator(".host")) for stream in ("area", "line")]
    plot.hover()
    expect(panel(page, "area").locator(".meta .at")).to_be_visible()
    assert [box(panel(page, stream).locator(".host")) for stream in ("area", "line")] == before


def test_groups_and_what_is_found_keep_their_names_and_counts(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_named(shared_tree, open_board, width=390, height=844)
    page.keyboard.press("Shift+F")
    chip = page.get_by_role("region", name="Filter").get_by_role("button", name=GROUP)
    assert holds(chip, chip.locator(".count"))
    page.keyboard.press("Shift+F")
    page.keyboard.press("g")
    tab = page.get_by_role("tab", name=GROUP)
    assert holds(tab, tab.locator(".count"))
    page.keyboard.press("g")
    page.keyboard.press("Control+k")
    found = page.get_by_role("option", name=GERMAN).locator(".name")
    until(lambda: box(found)[2] - box(found)[0] > 120, "a stream's name has room beside its group's")


def test_alerts_fit_the_window_of_a_phone(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_named(shared_tree, open_board, width=390, height=844)
    bell = page.get_by_role("button", name="Alerts: 1")
    expect(bell).to_be_visible(timeout=15_000)
    bell.click()
    alerts = page.get_by_role("dialog", name="Alerts")
    expect(alerts.get_by_role("button", name="has reached 50")).to_be_visible()
    left, _, right, _ = box(alerts)
    assert left >= 0
    assert right <= 390


def test_news_does_not_lie_over_the_time_bar(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_named(shared_tree, open_board, width=390, height=844)
    send_tcp(shared_tree.tcp_port, {"id": "hot", "value": 1})
    expect(page.get_by_role("button", name="Alerts: nothing")).to_be_visible(timeout=15_000)
    page.keyboard.press(" ")
    live = page.get_by_role("button", name="Live", exact=True)
    expect(live).to_be_visible()
    send_tcp(shared_tree.tcp_port, {"id": "hot", "value": 99})
    news = page.locator("[data-toast=alert]")
    expect(news).to_contain_text("has reached 50", timeout=15_000)
    assert box(news)[3] <= box(page.get_by_role("region", name="Time"))[1] + 1
    live.click()


def test_a_legend_never_shows_another_samples_value(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    send_tcp(shared_tree.tcp_port, *({"id": "shift", "active_points": 10, "value": n} for n in range(100)))
    page = open_named(shared_tree, open_board, height=700)
    legend = panel(page, "shift").locator("ul .value")
    panel(page, "shift").scroll_into_view_if_needed()
    expect(legend).to_have_text("99")
    # All that stands there from now on.
    page.evaluate(
        """() => {
          window.seen = [];
          const list = document.querySelector('article[data-stream=shift] ul');
          new MutationObserver(() => window.seen.push(list.querySelector('.value').textContent))
            .observe(list, { subtree: true, childList: true, characterData: true });
          document.body.style.paddingTop = '4000px';
          scrollTo(0, 0);
        }"""
    )
    # So many that the memory, which the drawn samples were part of, is written anew.
    send_tcp(shared_tree.tcp_port, *({"id": "shift", "value": n} for n in range(1_000, 4_000)))
    until(
        lambda: page.evaluate("() => window.windsock.streams().find((one) => one.id === 'shift').samples") == 3_100,
        "they have come",
    )
    page.evaluate("() => { document.body.style.paddingTop = ''; scrollTo(0, 0); }")
    panel(page, "shift").scroll_into_view_if_needed()
    expect(legend).to_have_text("3999")
    assert set(page.evaluate("() => window.seen")) <= {"99", "3999"}

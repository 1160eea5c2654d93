"""Without a mouse, without eyes: axe-core finds nothing serious on any face of the board, in both themes, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kit.axe import problems
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TREE = {"name": "all", "children": [{"name": "a", "value": 3}, {"name": "b", "children": [{"name": "c", "value": 2}]}]}
VALUES: dict[str, Any] = {
    "line": [1, 2], "area": [1, 2], "bar": [1, 2], "horizontalBar": [1, 2], "pie": [1, 2], "doughnut": [1, 2], "radar": [1, 2, 3], "polarArea": [1, 2],
    "scatter": [[1, 2], [3, 4]], "bubble": [[1, 2, 5]], "gauge": 40, "stat": 41.5, "heatmap": [[1, 2], [3, 4]], "bubble_matrix": [[1, 2], [3, 4]],
    "text": [{"level": level, "text": f"a line of {level}"} for level in ("debug", "info", "warning", "error")],
    "table": [{"name": f"row {n}", "value": n, "ok": n % 2 == 0} for n in range(12)], "image": PIXEL,
    "map": {"data": [{"lat": 41.4, "lng": 2.2, "name": "Barcelona"}]}, "tree": TREE, "treemap": TREE, "scatter3d": [[0, 0, 0], [1, 2, 3]],
    "line3d": [[0, 0, 0], [1, 2, 3]], "surface": [[1, 2], [3, 4]],
    "custom": {"type": "bar", "data": {"labels": ["a"], "datasets": [{"label": "s", "data": [1]}]}},
    "video_stream": "rtsp://127.0.0.1:1/none",
}  # fmt: skip


def send_all_types(tree: RunningTree) -> None:
    """A stream of each type, some with states and groups."""
    for kind, value in VALUES.items():
        levels = [{"value": 1, "name": "reached"}] if kind in {"line", "gauge", "bar"} else []
        send_tcp(
            tree.tcp_port,
            {
                "id": f"type {kind}",
                "type": kind,
                "value": value,
                "unit": "MB",
                "group": "All types",
                "thresholds": levels,
            },
        )


@pytest.fixture(scope="module")
def full_tree(shared_tree: RunningTree) -> RunningTree:
    """Has a stream of every type."""
    send_all_types(shared_tree)
    return shared_tree


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1440, 1000), (390, 844)], ids=["wide", "phone"])
def test_the_board_of_all_types_is_accessible(
    full_tree: RunningTree, open_board: Callable[..., Page], width: int, height: int, scheme: str
) -> None:
    page = open_board(full_tree.board, width=width, height=height, scheme=scheme)
    expect(page.locator('[data-stream="type surface"]')).to_be_attached()
    # All panels come into sight once.
    page.evaluate("""async () => {
      for (let y = 0; y < document.documentElement.scrollHeight; y += 500) {
        scrollTo(0, y);
        await new Promise((done) => setTimeout(done, 150));
      }
      scrollTo(0, 0);
    }""")
    until(
        lambda: page.locator('[data-stream="type line"] canvas[role=img]').count() > 0,
        "panels have been described",
        15,
    )
    assert problems(page) == []
    page.locator('[data-stream="type line"]').scroll_into_view_if_needed()
    page.locator('[data-stream="type line"]').hover()
    page.locator('[data-stream="type line"]').get_by_role("button", name="Menu of").click()
    expect(page.get_by_role("menu")).to_be_visible()
    assert problems(page) == []
    page.get_by_role("menuitemcheckbox", name="Ledger").click()
    page.locator('[data-stream="type gauge"]').hover()
    page.locator('[data-stream="type gauge"]').get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitemcheckbox", name="View as table").click()
    expect(page.get_by_role("region", name="Ledger", exact=True)).to_be_visible()
    assert problems(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert problems(page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_empty_board_is_accessible(tree: RunningTree, open_board: Callable[..., Page], scheme: str) -> None:
    page = open_board(tree.board, scheme=scheme)
    expect(page.locator(".snippet code")).to_be_visible(timeout=10_000)
    assert problems(page) == []


def test_every_control_of_a_panel_has_a_name_and_takes_the_focus(
    full_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(full_tree.board)
    expect(page.locator('[data-stream="type table"] tbody tr').nth(3)).to_be_attached(timeout=20_000)
    nameless = page.evaluate("""() => [...document.querySelectorAll('article button, article input, article select')]
      .filter((control) => control.offsetParent !== null)
      .filter((control) => !(control.textContent.trim() || control.getAttribute('aria-label') || control.title))
      .map((control) => control.outerHTML)""")
    assert nameless == []
    out_of_reach = page.evaluate("""() => [...document.querySelectorAll('article button, article input, article select')]
      .filter((control) => control.tabIndex < 0 && !control.disabled)
      .map((control) => control.outerHTML)""")
    assert out_of_reach == []


def test_motion_rests_where_it_is_asked_to(full_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(full_tree.board)
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator('[data-stream="type line"]')).to_be_visible()
    moving = page.evaluate("""() => [...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return animationName !== 'none' || transitionDuration.split(',').some((part) => Number.parseFloat(part) > 0);
    }).map((element) => element.className)""")
    assert moving == []

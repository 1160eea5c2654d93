"""A panel's menu while the board below it changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e


def panel(page: Page, stream: str) -> Locator:
    return page.locator(f'article[data-stream="{stream}"]')


def open_menu(page: Page, stream: str) -> Locator:
    panel(page, stream).hover()
    panel(page, stream).get_by_role("button", name="Menu of").click()
    menu = page.get_by_role("menu")
    expect(menu).to_be_visible()
    return menu


def open_many(tree: RunningTree, open_board: Callable[..., Page]) -> Page:
    send_tcp(tree.tcp_port, *({"id": f"many {n}", "group": f"Group {n % 3}", "value": n} for n in range(12)))
    page = open_board(tree.board, height=600)
    expect(panel(page, "many 11")).to_be_visible(timeout=20_000)
    return page


def test_a_menu_stays_open_when_panels_come_and_keeps_beside_its_button(
    tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_many(tree, open_board)
    panel(page, "many 11").scroll_into_view_if_needed()
    menu = open_menu(page, "many 11")
    # Streams without a group stand above all others: the whole board moves down.
    send_tcp(tree.tcp_port, *({"id": f"new {n}", "value": n} for n in range(6)))
    expect(panel(page, "new 5")).to_be_attached()
    page.wait_for_function("() => document.getAnimations().every((one) => one.playState !== 'running')")
    expect(menu).to_be_visible()
    page.mouse.wheel(0, -40)
    page.wait_for_function(
        """() => {
          const [menu, button] = [document.querySelector('[role=menu]'), document.querySelector('[aria-haspopup=menu][aria-expanded=true]')];
          if (!menu || !button) return false;
          const [a, b] = [menu.getBoundingClientRect(), button.getBoundingClientRect()];
          return Math.min(Math.abs(a.top - b.bottom), Math.abs(a.bottom - b.top)) < 12 || a.top <= 9 || a.bottom >= innerHeight - 9;
        }"""
    )
    menu.get_by_role("menuitemcheckbox", name="Ledger").click()
    expect(panel(page, "many 11").get_by_role("region", name="Ledger", exact=True)).to_be_visible()


def test_a_menu_closes_with_its_panel_and_when_that_is_out_of_sight(
    tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_many(tree, open_board)
    menu = open_menu(page, "many 0")
    page.request.delete(f"{tree.board}v1/streams/many%200")
    expect(panel(page, "many 0")).to_have_count(0)
    expect(menu).to_have_count(0)
    page.set_viewport_size({"width": 1000, "height": 400})
    menu = open_menu(page, "many 1")
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    expect(menu).to_have_count(0)


def test_another_view_of_a_panel_is_not_hidden_by_its_ledger(
    tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_many(tree, open_board)
    open_menu(page, "many 0").get_by_role("menuitemcheckbox", name="Ledger").click()
    ledger = panel(page, "many 0").get_by_role("region", name="Ledger", exact=True)
    expect(ledger).to_be_visible()
    open_menu(page, "many 0").get_by_role("menuitemcheckbox", name="View as table").click()
    expect(panel(page, "many 0").get_by_role("table")).to_be_visible()
    expect(ledger).to_have_count(0)

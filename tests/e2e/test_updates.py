"""A page that stands open for days: its server is updated meanwhile, and the files that it has not fetched yet are no more."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from playwright.sync_api import Page, Route, WebSocketRoute, expect

pytestmark = pytest.mark.e2e


class Updated:
    """Between a page and its server: lets all through, and tells another version once `now` is set."""

    def __init__(self, page: Page) -> None:
        self.now = False
        self._open: list[WebSocketRoute] = []
        page.route_web_socket(re.compile(r"/socket\.io/"), self._join)

    def restart(self) -> None:
        """The server comes back as another version."""
        self.now = True
        self._open.pop().close()

    def _join(self, here: WebSocketRoute) -> None:
        there = here.connect_to_server()
        self._open.append(here)
        there.on_message(lambda message: here.send(self._told(message)))

    def _told(self, message: str | bytes) -> str | bytes:
        if self.now and isinstance(message, str) and '"hello"' in message:
            return re.sub(r'"version":\s*"[^"]*"', '"version":"99.1"', message)
        return message


def no_more(route: Route) -> None:
    route.fulfill(status=404, body="Not Found")


def test_an_updated_server_is_told_and_a_reload_offered(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    send_tcp(shared_tree.tcp_port, {"id": "cpu", "value": 1})
    page = open_board("about:blank")
    updated = Updated(page)
    page.goto(shared_tree.board)
    panel = page.locator("[data-stream=cpu]")
    expect(panel).to_be_visible()
    updated.restart()
    toast = page.locator("[data-toast=updated]")
    expect(toast).to_contain_text("updated to 99.1", timeout=20_000)
    toast.get_by_role("button", name="Reload").click()
    expect(toast).to_have_count(0)
    expect(panel).to_be_visible()


def test_a_screen_without_people_reloads_by_itself(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    send_tcp(shared_tree.tcp_port, {"id": "cpu", "value": 1})
    page = open_board("about:blank")
    updated = Updated(page)
    page.goto(f"{shared_tree.board}?kiosk")
    expect(page.locator("[data-stream=cpu]")).to_be_visible()
    page.evaluate("window.before = true")
    with page.expect_navigation():
        updated.restart()
    expect(page.locator("[data-stream=cpu]")).to_be_visible()
    assert page.evaluate("window.before") is None


def test_parts_that_are_no_more_are_told_and_cost_nothing_else(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    send_tcp(shared_tree.tcp_port, {"id": "cpu", "value": 1})
    page = open_board(shared_tree.board)
    expect(page.locator("[data-stream=cpu]")).to_be_visible()
    page.route(re.compile(r"/assets/(Help|map|summary)-[^/]*\.js"), no_more)
    page.keyboard.press("?")
    toast = page.locator("[data-toast=part]")
    expect(toast).to_contain_text("could not be fetched")
    send_tcp(shared_tree.tcp_port, {"id": "ships", "type": "map", "value": {"data": [{"lat": 1, "lng": 2}]}})
    expect(page.locator("[data-stream=ships]")).to_contain_text("If Windsock was updated, reload the page")
    send_tcp(shared_tree.tcp_port, {"id": "cpu", "value": 2})
    page.wait_for_function("() => window.windsock.values('cpu').length > 1")
    page.unroute_all()
    toast.get_by_role("button", name="Reload").click()
    page.locator("[data-stream=ships] .leaflet-container").wait_for()
    expect(toast).to_have_count(0)

"""A guarded Windsock's board in a browser: its streams, its panels and their menus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, Page, expect

from kit.publish import send_tcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.tree import RunningTree

__all__ = ["KEY", "STREAMS", "choose", "open_with_panels", "panel"]

KEY = "a key for the shell"
STREAMS = [
    {"id": "cpu", "name": "Processor", "group": "Server", "value": [3, 4], "legend": ["one", "two"]},
    {"id": "ram", "name": "Memory", "group": "Server", "type": "area", "value": 5},
    {"id": "net/eth0", "name": "Network", "group": "Server", "value": 7},
    {"id": "wind", "name": "Wind speed", "group": "Weather", "value": 6},
    {"id": "rain", "name": "Rain", "group": "Weather", "type": "stat", "value": 1},
    {"id": "log", "name": "Log", "type": "text", "value": "it goes"},
]


def open_with_panels(tree: RunningTree, open_board: Callable[..., Page], path: str = "", **more: Any) -> Page:
    send_tcp(tree.tcp_port, {"hello": {"key": KEY}}, *STREAMS)
    page = open_board(tree.board + path, **more)
    expect(page.locator("[data-link=live]")).to_be_visible(timeout=20_000)
    expect(panel(page, "cpu")).to_be_visible(timeout=20_000)
    return page


def panel(page: Page, stream: str) -> Locator:
    return page.locator(f'article[data-stream="{stream}"]')


def choose(page: Page, stream: str, item: str) -> None:
    panel(page, stream).hover()
    panel(page, stream).get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name=item).click()

"""Adding a camera at the board, by a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_a_camera_is_added_and_moves(
    tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(tree.board)
    page.get_by_role("button", name="Add a camera").last.click()
    page.get_by_label("Address").fill("file:///etc/passwd")
    page.get_by_label("Name").fill("Front door")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("file: is not opened", timeout=15_000)
    page.get_by_label("Address").fill("test://windsock")
    page.get_by_role("button", name="Add", exact=True).click()
    canvas = page.locator("article[data-stream=front-door] canvas.picture")
    canvas.wait_for(timeout=20_000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    until(lambda: int(canvas.get_attribute("data-frames") or 0) >= 5, "it moves", 20)
    keep_picture(page, "camera-added")


def test_where_a_key_is_set_it_is_asked_for_and_kept_nowhere(tmp_path: Path, open_board: Callable[..., Page]) -> None:
    with RunningTree(tmp_path, WINDSOCK_PUBLISH_KEY="open-sesame") as tree:
        page = open_board(tree.ready().board, width=390, height=844)
        page.get_by_role("button", name="Add a camera").last.click()
        page.get_by_label("Address").fill("test://windsock")
        page.get_by_role("button", name="Add", exact=True).click()
        key = page.get_by_label("Publish key")
        key.fill("wrong-key")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("publish key", timeout=15_000)
        key.fill("open-sesame")
        page.get_by_role("button", name="Add", exact=True).click()
        page.locator("article[data-stream=camera]").wait_for(timeout=20_000)
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert "open-sesame" not in kept

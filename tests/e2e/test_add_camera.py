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


def test_the_publish_key_is_asked_for_as_everywhere(
    tmp_path: Path, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    with RunningTree(tmp_path, WINDSOCK_PUBLISH_KEY="open-sesame") as tree:
        page = open_board(tree.ready().board, width=390, height=844)
        page.get_by_role("button", name="Add a camera").last.click()
        form = page.get_by_role("dialog", name="Add a camera")
        form.get_by_label("Address").fill("test://windsock")
        form.get_by_role("button", name="Add", exact=True).click()
        asked = page.get_by_role("dialog", name="The publish key")
        expect(asked).to_contain_text("Adding a camera")
        keep_picture(page, "camera-key-phone")
        page.keyboard.press("Escape")
        expect(asked).to_have_count(0)
        expect(form.get_by_label("Address")).to_have_value("test://windsock")
        form.get_by_role("button", name="Add", exact=True).click()
        asked.get_by_label("Publish key").fill("wrong-key")
        asked.get_by_role("button", name="Go on").click()
        expect(asked.get_by_role("alert")).to_contain_text("not the key", timeout=15_000)
        asked.get_by_label("Publish key").fill("open-sesame")
        asked.get_by_role("button", name="Go on").click()
        page.locator("article[data-stream=camera]").wait_for(timeout=20_000)
        expect(page.get_by_role("dialog")).to_have_count(0)
        # For this tab, and for nobody who opens the browser later.
        kept = page.evaluate("JSON.stringify([{...localStorage}, document.cookie, location.href])")
        assert "open-sesame" not in kept

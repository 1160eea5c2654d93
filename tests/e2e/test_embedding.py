"""One panel in another site's page, or in a notebook: for the sites that may."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest
from kit.publish import send_tcp
from kit.shell import KEY, choose, open_with_panels
from kit.tree import RunningTree
from playwright.sync_api import Page, expect

from windsock.client.notebook import panel_html

pytestmark = pytest.mark.e2e


class Site(http.server.BaseHTTPRequestHandler):
    """Another site's page with a panel in a frame; the frame's address is its query."""

    def do_GET(self) -> None:
        body = f'<!doctype html><title>Intranet</title><iframe src="{self.path[2:]}" width="480" height="300"></iframe>'
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, site: str) -> Iterator[RunningTree]:
    """A Windsock with a publish key, whose panels that one site may embed."""
    with RunningTree(tmp_path_factory.mktemp("shell"), WINDSOCK_PUBLISH_KEY=KEY, WINDSOCK_EMBED_ORIGINS=site) as tree:
        tree.ready()
        yield tree


@pytest.fixture
def board(guarded: RunningTree, open_board: Callable[..., Page]) -> Page:
    return open_with_panels(guarded, open_board)


def test_one_panel_shows_in_the_frame_of_a_site_that_may(
    guarded: RunningTree,
    board: Page,
    open_board: Callable[..., Page],
    site: str,
    keep_picture: Callable[[Page, str], None],
) -> None:
    board.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(board, "net/eth0", "Copy embed code")
    code = board.evaluate("() => navigator.clipboard.readText()")
    assert f'src="{guarded.board}embed/net/eth0"' in code
    page = open_board(f"{site}/?{guarded.board}embed/net/eth0?theme=light")
    frame = page.frame_locator("iframe")
    expect(frame.locator('article[data-stream="net/eth0"]')).to_be_visible(timeout=20_000)
    expect(frame.locator("article")).to_have_count(1)
    assert frame.locator("html").get_attribute("data-theme") == "light"
    keep_picture(page, "embedded")


def test_a_notebook_shows_the_panel_that_moves(
    guarded: RunningTree, board: Page, open_board: Callable[..., Page], site: str
) -> None:
    notebook = open_board(f"{site}/?about:blank")
    notebook.set_content(panel_html(guarded.board.rstrip("/"), "cpu"))
    shown = notebook.frame_locator("iframe").locator('article[data-stream="cpu"]')
    expect(shown).to_contain_text("two 4", timeout=20_000)
    send_tcp(guarded.tcp_port, {"hello": {"key": KEY}}, {"id": "cpu", "value": [31, 47]})
    expect(shown).to_contain_text("two 47")


def test_a_panel_in_a_frame_that_was_dragged_says_so_and_goes_live_again(
    guarded: RunningTree,
    board: Page,
    open_board: Callable[..., Page],
    site: str,
    keep_picture: Callable[[Page, str], None],
) -> None:
    page = open_board(f"{site}/?{guarded.board}embed/cpu")
    frame = page.frame_locator("iframe")
    plot = frame.locator(".chart-plot")
    expect(plot).to_be_visible(timeout=20_000)
    live = frame.get_by_role("button", name="go live")
    expect(live).to_have_count(0)
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect(live).to_contain_text("Paused at ")
    keep_picture(page, "embedded-paused")
    live.click()
    expect(live).to_have_count(0)


def test_no_panel_shows_in_a_frame_unless_that_is_set(
    shared_tree: RunningTree, open_board: Callable[..., Page], site: str
) -> None:
    page = open_board(f"{site}/?{shared_tree.board}embed/cpu", blocking=True)
    page.wait_for_load_state("load")
    assert all("embed" not in frame.url or frame.url.startswith(("chrome-error:", site)) for frame in page.frames)
    policy = page.request.get(f"{shared_tree.board}embed/cpu").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy

"""Streets under maps, from a tile server of the test's own; without it, and where it fails, the world's outlines."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

HARBOUR = {"center": {"lat": 41.35, "lng": 2.15}, "zoom": 13, "data": [{"lat": 41.35, "lng": 2.15, "name": "Crane"}]}
TEXT = "© The <b>mapmakers</b>"


class TileServer(http.server.ThreadingHTTPServer):
    """Gives a picture with lines for each tile, or nothing while it is `broken`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TileHandler)
        self.asked: list[str] = []
        self.broken = False
        tile = np.full((256, 256, 3), (216, 230, 234), np.uint8)
        cv2.rectangle(tile, (0, 0), (255, 255), (160, 170, 180), 2)
        cv2.line(tile, (0, 90), (255, 160), (255, 255, 255), 9)
        self.tile = cv2.imencode(".png", tile)[1].tobytes()

    @property
    def url(self) -> str:
        """As it is set."""
        return f"http://127.0.0.1:{self.server_port}/{{z}}/{{x}}/{{y}}.png"


class TileHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, TileServer)
        server.asked.append(self.path)
        if server.broken:
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("content-type", "image/png")
        self.end_headers()
        self.wfile.write(server.tile)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@pytest.fixture
def tiles() -> Iterator[TileServer]:
    server = TileServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def paved(tmp_path: Path, tiles: TileServer) -> Iterator[RunningTree]:
    """A Windsock with streets."""
    with RunningTree(tmp_path, WINDSOCK_TILE_URL=tiles.url, WINDSOCK_TILE_ATTRIBUTION=TEXT) as tree:
        yield tree.ready()


def test_streets_lie_under_the_markers_and_outlines_stay_where_they_fail(
    paved: RunningTree, tiles: TileServer, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    send_tcp(paved.tcp_port, {"id": "harbour", "type": "map", "value": HARBOUR})
    page = open_board(paved.board, width=1000, height=800, scheme="light")
    panel = page.locator('[data-stream="harbour"]')
    expect(panel.locator("img.leaflet-tile-loaded").first).to_be_visible(timeout=20_000)
    # Letters of its attribution are letters.
    expect(panel.locator(".map-credit")).to_have_text(TEXT)
    until(lambda: panel.locator("img.leaflet-tile-loaded").count() >= 4, "the map is paved")
    zooms = {int(found[1]) for path in tiles.asked if (found := re.fullmatch(r"/(\d+)/\d+/\d+\.png", path))}
    assert zooms
    assert max(zooms) == 13, "nearer than outlines go"
    keep_picture(page, "streets-light")
    page.keyboard.press("t")
    keep_picture(page, "streets-dark")
    policy = page.request.get(paved.board).headers["content-security-policy"]
    assert f"img-src 'self' data: blob: http://127.0.0.1:{tiles.server_port};" in policy
    tiles.broken = True
    away = open_board(paved.board, width=1000, height=800)
    panel = away.locator('[data-stream="harbour"]')
    before = len(tiles.asked)
    until(lambda: len(tiles.asked) > before, "it has asked for streets")
    expect(panel.locator("canvas").first).to_be_visible()
    expect(panel.locator("img.leaflet-tile-loaded")).to_have_count(0)
    expect(panel.locator(".map-credit")).to_be_hidden()
    expect(panel.locator(".map-name")).to_have_text("Crane")
    keep_picture(away, "streets-away")


def test_without_the_setting_no_other_host_is_asked(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    send_tcp(shared_tree.tcp_port, {"id": "harbour", "type": "map", "value": HARBOUR})
    page = open_board("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(shared_tree.board)
    expect(page.locator('[data-stream="harbour"] .map-name')).to_have_text("Crane", timeout=20_000)
    expect(page.locator("img.leaflet-tile")).to_have_count(0)
    assert [url for url in asked if not url.startswith((shared_tree.board, "data:", "blob:"))] == []

"""Each panel type gets data by a way in, and shows it."""

from __future__ import annotations

import json
import pickle
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from kit.publish import post, send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

# Colours of which a panel must hold pixels, as published.
GREEN, ORANGE = "rgb(0, 200, 80)", "rgb(250, 120, 10)"

CANVAS_TYPES: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "line": ({"legend": ["a", "b"]}, [[1, 2], [5, 3], [2, 8], [4, 4]]),
    "area": ({"legend": ["a"]}, [1, 5, 2, 4]),
    "bar": ({"legend": ["a", "b"]}, [[1, 2], [5, 3], [2, 8]]),
    "horizontalBar": ({"label": ["x", "y"]}, [[3, 7]]),
    "pie": ({"legend": ["a", "b"]}, [[30, 70]]),
    "doughnut": ({"legend": ["a", "b"]}, [[30, 70]]),
    "radar": ({"label": ["a", "b", "c"]}, [[3, 7, 5]]),
    "polarArea": ({"legend": ["a", "b"]}, [[3, 7]]),
    "scatter": ({}, [[[1, 2], [3, 4]], [[5, 1]]]),
    "bubble": ({}, [[[1, 2, 10], [3, 4, 20]]]),
    "custom": (
        {},
        [
            {
                "type": "bar",
                "data": {"labels": ["a", "b"], "datasets": [{"data": [3, 7], "backgroundColor": GREEN}]},
                "options": {"animation": False},
            }
        ],
    ),
}

COUNT_COLOURED = """
(panel) => {
  let coloured = 0;
  for (const canvas of panel.querySelectorAll('canvas')) {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < pixels.length; i += 4) {
      const [r, g, b, a] = [pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]];
      if (a > 60 && g > 120 && g - r > 60 && g - b > 40) coloured++;
    }
  }
  return coloured;
}
"""
"""Pixels of a panel that are green as published; nothing of the board's own is."""


def panel(page: Page, stream: str) -> Locator:
    """A panel, scrolled into view: what nobody sees is not drawn."""
    box = page.locator(f'[data-stream="{stream}"]')
    box.scroll_into_view_if_needed()
    return box


def values(page: Page, stream: str) -> list[list[Any]]:
    return page.evaluate("id => window.windsock.values(id)", stream)


def wait_for_samples(page: Page, stream: str, count: int) -> None:
    until(
        lambda: len(values(page, stream)) >= count,
        f"{count} samples of {stream} are on the board, there are {values(page, stream)}",
    )


@pytest.mark.parametrize("kind", CANVAS_TYPES)
def test_a_chart_shows_what_was_sent(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None], kind: str
) -> None:
    fields, samples = CANVAS_TYPES[kind]
    stream = f"chart {kind}"
    page = open_board(f"{shared_tree.board}")
    common = {
        "id": stream,
        "type": kind,
        "name": f"A {kind}",
        "borderColor": [GREEN, ORANGE],
        "backgroundColor": [GREEN, ORANGE],
        **fields,
    }
    send_tcp(shared_tree.tcp_port, *({**common, "value": sample} for sample in samples))
    wait_for_samples(page, stream, len(samples))
    box = panel(page, stream)
    expect(box).to_contain_text(f"A {kind}")
    until(lambda: box.evaluate(COUNT_COLOURED) > 20, f"the {kind} panel has drawn in the published colour")
    keep_picture(page, f"panel-{kind}")


def test_a_stat_shows_the_newest_value(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    send_tcp(
        shared_tree.tcp_port, {"id": "stat", "type": "stat", "value": 41, "unit": "kg"}, {"id": "stat", "value": 42.5}
    )
    expect(panel(page, "stat")).to_contain_text("42.5")
    expect(panel(page, "stat")).to_contain_text("kg")


def test_text_is_shown_as_text_and_never_as_html(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    line = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"
    send_tcp(
        shared_tree.tcp_port,
        {
            "id": "<b>log</b>",
            "type": "text",
            "name": "<i>name</i>",
            "value": [{"level": "error", "text": line}, "second"],
        },
    )
    box = page.locator("[data-type=text]").filter(has_text="<i>name</i>")
    box.scroll_into_view_if_needed()
    expect(box).to_contain_text(line)
    expect(box).to_contain_text("<i>name</i>")
    assert box.locator(".host img, .host b, .host i, h2 i").count() == 0
    assert page.title() != "owned"


def test_a_picture_pickled_by_an_older_publisher_is_shown(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(shared_tree.board)
    data = pickle.dumps(json.dumps({"id": 4711, "type": "image", "value": PIXEL, "name": "picture"}), 0)
    with socket.create_connection(("127.0.0.1", shared_tree.tcp_large_port), 5) as link:
        link.sendall(struct.pack(">L", len(data)) + data)
    picture = panel(page, "4711").locator("img, canvas").first
    expect(picture).to_be_visible()
    until(lambda: len(values(page, "4711")) == 1, "the picture is on the board")


def test_what_older_publishers_send_byte_for_byte(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    message = (
        b'{"id":80085, "value":[41.2], "type":"line","active_points": 20, "label":["Random Number"], "legend": ["random"], "name":"..", '
        b'"borderColor":["#3e95cd"], "backgroundColor" :["#3e95cd"]}'
    )
    send_tcp(shared_tree.tcp_port, *[message] * 30)
    wait_for_samples(page, "80085", 20)
    assert values(page, "80085")[-1][2] == 41.2
    answer = post(
        shared_tree.http_url, {"id": 7, "value": [1], "api_crypt": "whatever", "fill": "false"}, Accept="text/plain"
    )
    assert answer["accepted"] == 1
    wait_for_samples(page, "7", 1)
    send_tcp(
        shared_tree.tcp_port,
        {
            "id": "geo",
            "type": "map",
            "value": "{ center: {lat: 41.4, lng: 2.17}, zoom: 4, data: [{lat: 41.4, lng: 2.2}] }",
        },
    )
    wait_for_samples(page, "geo", 1)
    assert values(page, "geo")[0][2]["center"] == {"lat": 41.4, "lng": 2.17}

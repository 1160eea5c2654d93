"""Numbers at the ends of what a computer can count with, to every type that draws numbers: the board goes on, and no panel fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kit.publish import post
from kit.tree import RunningTree
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LARGE, TINY = 1.7e308, 5e-324

PAIRS: list[tuple[float, float, dict[str, Any]]] = [
    (1e17, 100000000000000064, {}),
    (-LARGE, LARGE, {}),
    (TINY, 1e-323, {}),
    (TINY, 0, {}),
    (1.5e308, 1, {"log": True}),
    (LARGE, LARGE, {}),
    (0, -5, {}),
    (TINY, 3, {}),
    (1, 2, {"min": 5, "max": 5}),
    (1, 2, {"min": 1e16, "max": 1e16}),
    (1, 2, {"min": 1e16, "max": 1e16, "log": False}),
    (1, 2, {"min": 10, "max": -10}),
    (3, 1e9, {"min": 0, "max": 1}),
    (1e16, 1e16 + 2, {"min": 1e16, "max": 1e16 + 2, "thresholds": [TINY, LARGE]}),
    (-LARGE, LARGE, {"min": -LARGE, "max": LARGE}),
]
"""Two values, and how they are to be drawn from then on."""


def chart(a: float, b: float, spec: dict[str, Any]) -> dict[str, Any]:
    """A configuration of a publisher's own, which Chart.js gets as it is."""
    axis = {"min": spec.get("min"), "max": spec.get("max"), "ticks": {"count": 1e12}}
    return {
        "type": "line",
        "data": {"labels": ["a", "b"], "datasets": [{"data": [a, b]}]},
        "options": {"scales": {"y": {**axis, "type": "logarithmic" if spec.get("log") else "linear"}}},
    }


SHAPES: dict[str, Callable[[float, float, dict[str, Any]], Any]] = {
    **dict.fromkeys(
        ["line", "area", "bar", "horizontalBar", "pie", "doughnut", "radar", "polarArea"], lambda a, b, _: [a, b]
    ),
    **dict.fromkeys(["gauge", "stat"], lambda a, b, _: b),
    **dict.fromkeys(["heatmap", "bubble_matrix", "surface"], lambda a, b, _: [[a, b], [b, a]]),
    "scatter": lambda a, b, _: [[a, b], [b, a]],
    "bubble": lambda a, b, _: [[a, b, a], [b, a, b]],
    **dict.fromkeys(["scatter3d", "line3d"], lambda a, b, _: [[a, b, a], [b, a, b], [0, 0, b]]),
    **dict.fromkeys(
        ["tree", "treemap"],
        lambda a, b, _: {"name": "all", "children": [{"name": "a", "value": a}, {"name": "b", "value": b}]},
    ),
    "custom": chart,
}


def test_no_number_stops_the_board(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board, height=3600)
    for number, (a, b, spec) in enumerate(PAIRS, 1):
        for kind, shape in SHAPES.items():
            message = {"id": kind, "type": kind, "value": shape(a, b, spec), **spec}
            answer = post(shared_tree.http_url, message)
            assert answer["accepted"] == 1, answer
        said = f"{a}, {b}, {spec}"
        for kind in SHAPES:
            panel = page.locator(f'article[data-stream="{kind}"]')
            # Told by a panel once it has drawn; a page that counts for ever says nothing any more.
            expect(panel, f"{kind}: {said}").to_have_attribute("data-offset", str(number), timeout=20_000)
        expect(page.get_by_text("This panel failed"), said).to_have_count(0)
        expect(page.get_by_text("can't draw"), said).to_have_count(0)
    assert page.evaluate("() => document.querySelectorAll('article[data-stream] canvas').length") >= len(SHAPES) - 2

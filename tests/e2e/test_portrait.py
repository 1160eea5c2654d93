"""The README's pictures: made here, from the demo as it runs, and shown to be what they claim to be. `make portrait` takes them over into docs/."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

FRAMES = 24
FRAME_SECONDS = 0.25
WIDTH = 960
"""Pixels, as wide as a README is shown."""
WARM_SECONDS = 20
"""For so long the demo fills its charts before it is taken: a picture of half-empty panels shows nothing."""


def test_the_board_moves_in_the_readmes_animation(
    tmp_path: Path, open_board: Callable[..., Page], pictures: Path
) -> None:
    with RunningTree(tmp_path, "--demo") as tree:
        page = open_board(tree.ready().board, width=1440, height=900)

        def filled() -> bool:
            streams: list[dict[str, Any]] = page.evaluate("() => window.windsock.streams()")
            return len(streams) >= 17 and max(stream["samples"] for stream in streams) >= 10 * WARM_SECONDS

        until(filled, "the demo has filled its charts", 60)
        page.screenshot(path=pictures / "board.png")
        page.emulate_media(color_scheme="light")
        page.screenshot(path=pictures / "board-light.png")
        page.emulate_media(color_scheme="dark")
        taken: list[np.ndarray[Any, Any]] = []
        begin = time.monotonic()
        for number in range(FRAMES):
            # A frame at its time, so that the animation runs at the pace of what it shows.
            page.wait_for_timeout(max(0.0, begin + number * FRAME_SECONDS - time.monotonic()) * 1000)
            picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            height = round(picture.shape[0] * WIDTH / picture.shape[1])
            taken.append(cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA))
    file = pictures / "board.webp"
    animation = cv2.Animation()
    animation.frames = taken
    animation.durations = np.full(FRAMES, round(FRAME_SECONDS * 1000))  # pyright: ignore[reportAttributeAccessIssue]
    assert cv2.imwriteanimation(str(file), animation, [cv2.IMWRITE_WEBP_QUALITY, 62])
    moved = sum(not np.array_equal(a, b) for a, b in pairwise(taken))
    assert moved >= FRAMES * 0.9, f"only {moved} of {FRAMES - 1} steps show anything new"
    assert file.stat().st_size < 4_000_000, "too large for a README"

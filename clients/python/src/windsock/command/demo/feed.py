"""A camera for the demo, where nobody has one: the video service draws it itself, if the stack allows that, as the all-in-one run does."""

from __future__ import annotations

import os

from windsock.command.demo.exhibit import Exhibit

__all__ = ["feeds"]

AGAIN_SECONDS = 60.0
"""Registered again so often: a stack that was emptied meanwhile shows it again, too."""


def feeds() -> list[Exhibit]:
    """The camera, or nothing: elsewhere it would be refused."""
    if os.environ.get("WINDSOCK_VIDEO_TEST_FEEDS", "").lower() not in {"1", "true", "yes", "on"}:
        return []
    return [
        Exhibit(
            "demo/camera",
            "video_stream",
            AGAIN_SECONDS,
            lambda: "test://windsock",
            {"name": "A camera, drawn", "active_points": 1, "group": "Signals"},
        )
    ]

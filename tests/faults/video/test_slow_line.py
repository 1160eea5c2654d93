"""A viewer on a slow line beside others, with everything real: it sees a second ago and not a minute ago, and nobody else notices it."""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
from pathlib import Path

import pytest
from kit.camera import GstCamera
from kit.feed_viewer import FeedViewer, SlowFeedViewer
from kit.tree import RunningTree
from kit.waiting import SLACK, until_async

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(120)]

SETTLES = 10.0
WATCHED = 10.0


def resident_mb(pid: int) -> float:
    """What of a process is in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def send(tree: RunningTree, **message: object) -> None:
    request = urllib.request.Request(tree.http_url, json.dumps(message).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


@pytest.mark.parametrize("kind", ["video", "jpeg"])
async def test_a_viewer_at_50_kb_a_second_sees_a_picture_no_older_than_2_s_and_others_all(
    tmp_path: Path, kind: str
) -> None:
    own = {"WINDSOCK_VIDEO_NETWORKS": "127.0.0.0/8"}
    with (
        GstCamera("--width", "1280", "--height", "720", "--kbps", "4000", "--leaves", "--shared") as camera,
        RunningTree(tmp_path, **own) as tree,
    ):
        tree.ready()
        send(tree, id="door", type="video_stream", value=camera.url())
        port = int(tree.board.rsplit(":", 1)[1].strip("/"))
        web = tree.pid_of("windsock.web")
        async with FeedViewer(port) as quick, SlowFeedViewer(port) as slow:
            for viewer in (quick, slow):
                assert await viewer.ask("look", {"id": "door", "kind": kind}) == {"looking": True}
            await until_async(lambda: len(quick.frames) > 20 and slow.frames, "pictures for both", 40)
            begun = time.monotonic()
            await until_async(lambda: time.monotonic() - begun > SETTLES, "the slow line is known", 2 * SETTLES)
            before, begun = resident_mb(web), time.monotonic()
            await until_async(lambda: time.monotonic() - begun > WATCHED, "a while", 2 * WATCHED)
            grown = resident_mb(web) - before
        ages = [age for at, age in slow.ages if at > begun]
        assert len(ages) >= 5, f"the slow one saw {len(ages)} pictures in {WATCHED:g} s"
        assert statistics.median(ages) <= 2.0, f"ages of its pictures: {sorted(ages)}"
        assert max(ages) <= 2.0 * SLACK, f"ages of its pictures: {sorted(ages)}"
        assert {frame.kind for frame in slow.frames[-5:]} == {"small"}
        assert {frame.kind for frame in quick.frames} == {kind}, "the quick one got less than it asked for"
        others = sorted(age for at, age in quick.ages if at > begun)
        assert others[len(others) * 99 // 100] < 0.5 * SLACK, f"the quick one waited: {others[-5:]}"
        assert grown < 20, f"web grew by {grown:.0f} MB"

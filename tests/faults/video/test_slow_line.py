"""A viewer on a slow line beside others, with everything real: it sees a second ago and not a minute ago, and nobody else notices it."""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
from pathlib import Path

import pytest
from kit.camera import GstCamera
from kit.control import allowed, figures
from kit.feed_viewer import FeedViewer, SlowFeedViewer
from kit.service import ServiceProcess
from kit.tree import RunningTree
from kit.waiting import until_async

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(180)]

SETTLES = 10.0
WATCHED = 10.0
USUAL_AGE = 0.15
"""Of a picture of 720 lines, from the camera to a viewer, in seconds, for 99 of 100."""


def resident_mb(pid: int) -> float:
    """What of a process is in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def send(tree: RunningTree, **message: object) -> None:
    request = urllib.request.Request(tree.http_url, json.dumps(message).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


def newest_percent(ages: list[tuple[float, float]], since: float) -> float:
    """The age, in seconds, that 99 of 100 pictures are below."""
    found = sorted(age for at, age in ages if at > since)
    return found[len(found) * 99 // 100]


@pytest.mark.parametrize("kind", ["video", "jpeg"])
async def test_a_viewer_at_50_kb_a_second_sees_a_picture_no_older_than_2_s_and_others_all(
    tmp_path: Path, kind: str
) -> None:
    """The control is a viewer of a second web process, that has no slow one: it gets the same frames of the same worker."""
    own = {"WINDSOCK_VIDEO_NETWORKS": "127.0.0.0/8"}
    with (
        GstCamera("--width", "1280", "--height", "720", "--kbps", "4000", "--leaves", "--shared") as camera,
        RunningTree(tmp_path, **own) as tree,
    ):
        tree.ready()
        send(tree, id="door", type="video_stream", value=camera.url())
        port = int(tree.board.rsplit(":", 1)[1].strip("/"))
        web = tree.pid_of("windsock.web")
        with ServiceProcess("web", tree.redis_url) as second:
            async with (
                FeedViewer(port) as quick,
                SlowFeedViewer(port) as slow,
                FeedViewer(second.port("web_port")) as control,
            ):
                for viewer in (quick, slow, control):
                    assert await viewer.ask("look", {"id": "door", "kind": kind}) == {"looking": True}
                await until_async(
                    lambda: min(len(quick.frames), len(control.frames)) > 20 and slow.frames, "pictures for all", 40
                )
                begun = time.monotonic()
                await until_async(lambda: time.monotonic() - begun > SETTLES, "the slow line is known", 2 * SETTLES)
                before, begun = resident_mb(web), time.monotonic()
                await until_async(lambda: time.monotonic() - begun > WATCHED, "a while", 2 * WATCHED)
                grown = resident_mb(web) - before
        alone, beside = newest_percent(control.ages, begun), newest_percent(quick.ages, begun)
        ages = sorted(age for at, age in slow.ages if at > begun)
        figures.info("%s, slow: p50 %.2f s, most %.2f s of %d", kind, statistics.median(ages), ages[-1], len(ages))
        figures.info(
            "quick: p99 %.0f ms, without a slow one %.0f ms; web grew by %.1f MB", beside * 1e3, alone * 1e3, grown
        )
        assert len(ages) >= 5, f"the slow one saw {len(ages)} pictures in {WATCHED:g} s"
        assert ages[-1] <= allowed(2.0, alone, USUAL_AGE), f"ages of its pictures: {ages}"
        assert {frame.kind for frame in slow.frames[-5:]} == {"small"}
        assert {frame.kind for frame in quick.frames} == {kind}, "the quick one got less than it asked for"
        assert beside <= allowed(USUAL_AGE, 1.5 * alone, USUAL_AGE), (
            f"the quick one's p99 is {beside:.3f} s; without a slow one beside it {alone:.3f} s"
        )
        assert grown < 20, f"web grew by {grown:.0f} MB"

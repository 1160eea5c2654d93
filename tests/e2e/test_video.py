"""A camera on the board: from its lens to the browser's canvas, through every part of a real Windsock."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, cast

import av
import pytest
import redis
from kit.camera import BITS, GstCamera
from kit.control import allowed, figures
from kit.scripted_camera import ScriptedCamera, make_clip
from kit.starving import Starved
from kit.tree import RunningTree
from kit.valkey import free_port
from kit.waiting import until
from playwright.sync_api import Page

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]

READ_BARCODE = """
(canvas) => {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const row = context.getImageData(0, 2, canvas.width, 1).data;
  let time = 0;
  for (let bit = 0; bit < 40; bit++) time = time * 2 + (row[4 * Math.floor((bit + 0.5) * canvas.width / 40)] > 128 ? 1 : 0);
  const now = Date.now();
  return Math.floor(now / 2 ** 40) * 2 ** 40 + time;
}
"""
"""What the camera wrote into the picture: the moment it was made, in ms."""

AGES = f"""
(canvas) => new Promise((done) => {{
  const read = {READ_BARCODE};
  const ages = [];
  let last = 0;
  const look = () => {{
    const time = read(canvas);
    if (time !== last) {{ if (last !== 0) ages.push(Date.now() - time); last = time; }}
    if (ages.length < 30) requestAnimationFrame(look); else done(ages);
  }};
  requestAnimationFrame(look);
}})
"""


TICK = """
() => new Promise((done) => {
  const turns = [];
  const look = (now) => { turns.push(now); if (turns.length < 40) requestAnimationFrame(look); else done((now - turns[0]) / 39); };
  requestAnimationFrame(look);
})
"""
"""How long a browser's turn is at the moment, in ms."""

COUNTS = "[...document.querySelectorAll('canvas.picture')].map((canvas) => Number(canvas.dataset.frames ?? 0)).concat([0, 0]).slice(0, 2)"

WATCH = """
() => {
  const door = document.querySelector("canvas.picture[aria-label=Door]"), control = document.querySelector("canvas.picture[aria-label=Control]");
  const badge = door.parentElement.querySelector(".feed-badge");
  const watched = {
    told: 0, shown: 0, last: Date.now(), longest: 0,
    clear() { this.told = this.shown = this.longest = 0; this.last = Date.now(); },
    gap() { return Math.max(this.longest, Date.now() - this.last); },
    badge: () => badge.textContent,
  };
  const text = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => { if (badge.textContent !== "") watched.told ||= Date.now(); }).observe(badge, text);
  const frames = { attributes: true, attributeFilter: ["data-frames"] };
  new MutationObserver(() => { watched.shown ||= Date.now(); }).observe(door, frames);
  new MutationObserver(() => {
    const now = Date.now();
    watched.longest = Math.max(watched.longest, now - watched.last);
    watched.last = now;
  }).observe(control, frames);
  window.watched = watched;
}
"""
"""Writes down, in the page itself, when the door's panel says that something is wrong, when it shows a picture again, and the control's longest gap."""

USUAL_AGE = 60.0
"""In ms, of a picture that is read from the camera and decoded, and nothing else."""
USUAL_TICK = 17.0
USUAL_GAP = 0.2
"""Between two pictures of the control on the screen, in seconds."""


class Direct:
    """The control of a picture's age: the same camera, read here with nothing in between. A context manager."""

    def __init__(self, url: str) -> None:
        self._container: Any = av.open(
            url, options={"rtsp_transport": "tcp", "analyzeduration": "0", "probesize": "32"}, timeout=20
        )
        self._ages: list[float] = []
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: len(self._ages) >= 5, "the control reads", 20)
        self._ages.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._thread.join(20)
        self._container.close()

    def _read(self) -> None:
        for frame in self._container.decode(video=0):
            now = time.time() * 1000
            row = frame.to_ndarray(format="gray")[2]
            made = 0
            for bit in range(BITS):
                made = made << 1 | int(row[int((bit + 0.5) * len(row) / BITS)] > 128)
            self._ages.append(now - made - (int(now) >> BITS << BITS))
            if self._ended:
                return

    def age(self) -> float:
        """In ms, of the pictures so far; the middle one."""
        return statistics.median(self._ages)


@pytest.fixture
def camera() -> Iterator[GstCamera]:
    with GstCamera("--width", "640", "--height", "360", "--gop", "15") as camera:
        yield camera


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[RunningTree]:
    with RunningTree(tmp_path, WINDSOCK_VIDEO_NETWORKS="127.0.0.0/8", WINDSOCK_VIDEO_LINGER="1") as tree:
        yield tree.ready()


def send(stack: RunningTree, **message: object) -> dict[str, Any]:
    request = urllib.request.Request(stack.http_url, json.dumps(message).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def frames(page: Page) -> int:
    return int(page.locator("canvas.picture").get_attribute("data-frames") or 0)


@pytest.mark.parametrize("decodes", [True, False], ids=["video", "jpeg"])
def test_a_camera_that_is_sent_like_any_message_moves_on_the_board(
    stack: RunningTree,
    camera: GstCamera,
    open_board: Callable[..., Page],
    keep_picture: Callable[[Page, str], None],
    *,
    decodes: bool,
) -> None:
    send(stack, id=12, type="video_stream", value=camera.url(), name="Door")
    page = open_board(stack.board)
    if not decodes:
        page.add_init_script("delete window.VideoDecoder")
        page.reload()
    canvas = page.locator("canvas.picture")
    canvas.wait_for(timeout=15_000)
    until(lambda: frames(page) >= 10, "ten frames are drawn", 20)
    assert canvas.get_attribute("data-kind") == ("video" if decodes else "jpeg")
    assert canvas.get_attribute("data-state") == "live"
    with Direct(camera.url()) as direct:
        ages = cast("list[float]", canvas.evaluate(AGES))
        alone, ticks = direct.age(), cast("float", page.evaluate(TICK))
    shown = statistics.median(ages)
    # A browser that has its turn late shows a picture late: it goes through three of its turns.
    limit = allowed(allowed(200, alone, USUAL_AGE), 3 * ticks, 3 * USUAL_TICK)
    figures.info("on the screen after %.0f ms; read directly %.0f ms, a browser's turn %.0f ms", shown, alone, ticks)
    assert shown <= limit, f"{shown:.0f} ms old on the canvas, {limit:.0f} were allowed: {ages}"
    keep_picture(page, f"video-{'decoded' if decodes else 'jpeg'}")


def test_nobody_looks_nobody_connects_and_a_dead_camera_is_told(
    stack: RunningTree, camera: GstCamera, open_board: Callable[..., Page]
) -> None:
    with GstCamera("--width", "320", "--height", "180") as other:
        send(stack, id="door", type="video_stream", value=camera.url(), name="Door")
        send(stack, id="control", type="video_stream", value=other.url(), name="Control")
        assert camera.connections() == 0
        page = open_board(stack.board)
        page.locator("canvas.picture[aria-label=Door]").wait_for(timeout=15_000)
        until(lambda: min(page.evaluate(COUNTS)) >= 5, "frames are drawn", 30)
        assert camera.connections() == 1
        page.evaluate(WATCH)
        lines: list[str] = []
        page.on("websocket", lambda socket: lines.append(socket.url))
        for how, away, back in (("frozen", camera.freeze, camera.thaw), ("killed", camera.kill, camera.start)):
            page.evaluate("watched.clear()")
            away()
            gone = time.time() * 1000
            until(lambda: page.evaluate("watched.told > 0"), "the panel says that something is wrong", 30)
            told = (page.evaluate("watched.told") - gone) / 1000
            limit = allowed(2.0, page.evaluate("watched.gap()") / 1000, USUAL_GAP)
            assert told <= limit, f"{how}: the panel says so after {told:.2f} s, {limit:.2f} were allowed"
            until(lambda gone=gone: time.time() * 1000 - gone > 6_000, "six seconds", 7)
            page.evaluate("watched.clear()")
            back()
            there = time.time() * 1000
            until(lambda: page.evaluate("watched.shown > 0"), "pictures again", 40)
            took = (page.evaluate("watched.shown") - there) / 1000
            limit = allowed(6.0, page.evaluate("watched.gap()") / 1000, USUAL_GAP)
            assert took <= limit, f"{how}: pictures again after {took:.2f} s, {limit:.2f} were allowed"
            until(lambda: page.evaluate("watched.badge()") == "", "and nothing is wrong any more", 20)
            figures.info("%s: the panel says so after %.2f s; pictures again after %.2f s", how, told, took)
        assert not lines, "the viewer's own connection was lost"
        page.close()
        until(lambda: camera.connections() == 0, "the camera is let go of", 15)


class Scripted:
    """A scripted camera on a loop of its own, beside a test that has none. A context manager; gives its URL."""

    def __init__(self, camera: ScriptedCamera) -> None:
        self._camera = camera
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._camera.__aenter__(), self._loop).result(20)
        return f"rtsp://127.0.0.1:{self._camera.port}/live"

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._camera.__aexit__(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


BRIGHTNESS = """
(canvas) => {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  window.brightness = [];
  new MutationObserver(() => {
    window.brightness.push(context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[1]);
  }).observe(canvas, { attributes: true, attributeFilter: ["data-frames"] });
}
"""
"""Writes down how bright each picture is that is shown."""


@pytest.mark.parametrize("in_a_row", [0, 2, 3])
def test_pictures_that_refer_to_later_ones_are_shown_in_order(
    stack: RunningTree, open_board: Callable[..., Page], in_a_row: int
) -> None:
    """The control is the same camera without such pictures."""
    with Scripted(ScriptedCamera(make_clip(b_pictures=in_a_row), fps=25)) as url:
        send(stack, id="door", type="video_stream", value=url, name="Door")
        page = open_board(stack.board)
        canvas = page.locator("canvas.picture")
        canvas.wait_for(timeout=15_000)
        until(lambda: frames(page) >= 3, "frames are drawn", 30)
        canvas.evaluate(BRIGHTNESS)
        until(lambda: cast("int", page.evaluate("window.brightness.length")) >= 120, "pictures", 60)
        shown = cast("list[int]", page.evaluate("window.brightness"))
        kind = canvas.get_attribute("data-kind")
    # Each is brighter than the one before, until the clip begins again.
    back = [(one, other) for one, other in itertools.pairwise(shown) if other < one and one - other < 100]
    figures.info("%d in a row, as %s: %d of %d out of order", in_a_row, kind, len(back), len(shown))
    assert not back, f"an earlier picture after a later one: {shown}"
    assert len(set(shown)) > 20, f"few of them are shown: {shown}"


FULL, HALF = "1280 \N{MULTIPLICATION SIGN} 720", "640 \N{MULTIPLICATION SIGN} 360"


@pytest.mark.timeout(480)
def test_a_panel_says_how_pictures_are_while_the_worker_has_too_little_time(
    stack: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    with Scripted(ScriptedCamera(make_clip(width=1280, height=720), fps=25)) as url:
        send(stack, id="door", type="video_stream", value=url, name="Door", config={"passthrough": False})
        page = open_board(stack.board)
        canvas, caption = page.locator("canvas.picture"), page.locator(".picture-caption")
        canvas.wait_for(timeout=15_000)
        until(lambda: frames(page) >= 10, "frames are drawn", 30)
        until(lambda: caption.text_content() == FULL, "nothing is said", 60)
        with Starved(stack.pid_of("windsock.video"), 0.3, period=1.2):
            until(lambda: "pictures a second instead of 10" in (caption.text_content() or ""), "it says so", 60)
            until(lambda: (caption.text_content() or "").startswith(HALF), "smaller pictures are shown", 120)
            until(lambda: "360 lines instead of 720" in (caption.text_content() or ""), "and said", 20)
            figures.info("the panel says: %s", caption.text_content())
            keep_picture(page, "video-squeezed")
        until(lambda: caption.text_content() == FULL, "as asked for again", 300)


def broker_at(redis_url: str) -> Any:
    return cast("Any", redis.Redis).from_url(redis_url)


def hear_all(redis_url: str, heard: list[str]) -> Any:
    """A thread that writes down what is said on every channel of the broker, until it is stopped."""
    subscription = broker_at(redis_url).pubsub()

    def hear(message: object) -> None:
        heard.append(repr(message))

    subscription.psubscribe(**{"*": hear})
    return subscription.run_in_thread(sleep_time=0.1, daemon=True)


def read_all(redis_url: str, without: set[str]) -> str:
    """All that stands in the broker, except under some keys."""
    client = broker_at(redis_url)
    found: list[Any] = []
    for key in client.scan_iter():
        kind = client.type(key).decode()
        if key.decode() in without:
            continue
        if kind == "string":
            found.append(client.get(key))
        elif kind == "hash":
            found.append(client.hgetall(key))
        elif kind == "stream":
            found.append(client.xrange(key))
        elif kind == "zset":
            found.append(client.zrange(key, 0, -1))
        else:
            found.append(client.smembers(key) if kind == "set" else client.lrange(key, 0, -1))
    assert found
    return repr(found)


def test_a_password_is_nowhere_where_a_viewer_can_read(tmp_path: Path, open_board: Callable[..., Page]) -> None:
    health = free_port()
    own = {"WINDSOCK_VIDEO_HEALTH_PORT": str(health), "WINDSOCK_LOG_LEVEL": "debug"}
    with RunningTree(tmp_path, WINDSOCK_VIDEO_NETWORKS="127.0.0.0/8", **own) as stack:
        look_for_the_password(stack.ready(), f"http://127.0.0.1:{health}/", tmp_path, open_board)


def look_for_the_password(stack: RunningTree, worker: str, tmp_path: Path, open_board: Callable[..., Page]) -> None:
    """`worker`: where the video worker says how it is."""
    heard: list[str] = []
    listener = hear_all(stack.redis_url, heard)
    for number, place in enumerate(("127.0.0.1:1/live", "no-such-host.invalid/live", "169.254.169.254/live")):
        url = f"rtsp://joe:s3cretpass@{place}?user=joe&password=qu3rypass"
        send(stack, id=f"door{number}", type="video_stream", value=url, name=f"Door {number}")
    page = open_board(stack.board)
    page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: heard.append(repr(payload))))
    page.on("console", lambda message: heard.append(message.text))
    page.reload()
    until(lambda: page.locator(".feed-badge", has_text="No picture").count() == 3, "all three are told", 40)
    paths = ("v1/streams", "v1/streams/door0/samples", "v1/feeds", "v1/openapi.json", "metrics", "readyz", "healthz")
    for path in (*paths, "v1/streams/door0/samples?format=csv"):
        with urllib.request.urlopen(f"{stack.board}{path}", timeout=10) as answer:
            heard.append(answer.read().decode())
    for path in ("metrics", "readyz", "healthz"):
        with urllib.request.urlopen(f"{worker}{path}", timeout=10) as answer:
            heard.append(answer.read().decode())
    assert any("windsock_video_connects_total" in text for text in heard), "these are not the worker's metrics"
    video = next(text for text in stack.processes().values() if "windsock.video" in text)
    heard.append(video)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{stack.board}feeds/door0.jpg", timeout=20)
    with refused.value as error:
        heard.append(error.read().decode())
    for arguments in (("feed", "list"), ("feed", "list", "--json"), ("streams",)):
        told = subprocess.run(
            [sys.executable, "-P", "-m", "windsock.command", *arguments, "--board", stack.board],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        heard.append(told.stdout + told.stderr)
    page.get_by_role("button", name="More", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Save a snapshot").click()
    heard += [Path(download.value.path()).read_text(), page.content(), stack.output]
    # The worker's own log, to its last detail, is part of what the tree says.
    assert "feed 'door0' is failed" in stack.output
    listener.stop()
    listener.join(20)
    assert sum("127.0.0.1:1/live" in text for text in heard) >= 4, "the address itself is shown"
    # The one place where it stands: what the intake writes and only video workers read.
    heard.append(read_all(stack.redis_url, without={"windsock:feeds"}))
    for secret in ("s3cretpass", "qu3rypass"):
        assert not [text for text in heard if secret in text]

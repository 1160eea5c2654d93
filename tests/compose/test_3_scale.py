"""Many copies of each service: the work is spread, viewers stay where they are, and copies may be killed or restarted one by one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

import pytest
from compose.prometheus import query
from compose.publishing import post, send_tcp, values_once
from compose.stack import PROFILES, Stack
from e2e.conftest import PICTURES
from kit.control import allowed
from kit.relay import Ledger, Viewer
from kit.waiting import until
from playwright.sync_api import Browser, expect

from windsock.client import Stream

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

SCALE = {"ingest-tcp": 4, "ingest-http": 2, "ingest-redis": 2, "web": 3, "video": 2}
ROLLING = (*SCALE, "gateway", "valkey")
BACK_SECONDS = 2.0
USUAL_AWAY = 1.0
"""What an engine takes between a container's end and its next start, with the networks of the gateway, on a machine with nothing else to do."""
BLOCKED = """
window.WebSocket = class {
  constructor() { setTimeout(() => { this.onerror?.(new Event("error")); this.onclose?.(new Event("close")); }) }
  close() {}
};
"""
"""As a page sees a proxy on its way that lets no WebSocket through."""


@pytest.fixture(scope="module")
def scaled(stack: Stack) -> Stack:
    """The stack in the sizes of the manual, with the demo."""
    stack.up("demo", scale=SCALE)
    assert Counter(each.service for each in stack.containers()) >= Counter(SCALE)
    until_all_serve(stack)
    return stack


def until_all_serve(stack: Stack) -> None:
    """Wait until the gateway uses each copy."""
    counts = {"web": SCALE["web"], "ingest-tcp": SCALE["ingest-tcp"], "ingest-http": SCALE["ingest-http"]}

    def all_serve() -> bool:
        up = Counter[str]()
        for line in stack.logs("gateway").splitlines():
            # "is UP, reason: ..." by a check; "('web') is UP/READY (resolves again)" by a name that was found, and no other word if its checks pass.
            if change := re.search(r"Server (\w+)/([\w-]+?)(\d+)(?: \('[^']*'\))? is (?:going )?(UP|DOWN)", line):
                backend, _, number, state = change.groups()
                up[f"{backend}/{number}"] = int(state == "UP")
        found = {
            name: sum(count for key, count in up.items() if key.startswith(name.replace("-", "_") + "/"))
            for name in counts
        }
        return all(found[name] >= count for name, count in counts.items())

    until(all_serve, f"the gateway uses {counts} copies", 30, every=0.5)


def count_of(stack: Stack, service: str, port: int, metric: str) -> list[float]:
    """A metric of each copy of a service."""
    address = "data"
    program = f"""
import json, urllib.request
for host in {json.dumps([each.address(address) for each in stack.containers(service)])}:
    text = urllib.request.urlopen(f"http://{{host}}:{port}/metrics").read().decode()
    print(sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("{metric}")))
"""
    return [float(line) for line in stack.run_in_network(address, program).split()]


def test_connections_and_requests_are_spread_over_the_copies(scaled: Stack) -> None:
    before = count_of(scaled, "ingest-tcp", 8011, "windsock_messages_total")
    for number in range(12):
        send_tcp(scaled.tcp, {"id": f"spread-{number}", "value": number})
        post(f"http://127.0.0.1:{scaled.http}/", {"id": f"spread-{number}", "value": number})
    after = count_of(scaled, "ingest-tcp", 8011, "windsock_messages_total")
    assert all(late > early for early, late in zip(before, after, strict=True)), (before, after)
    assert all(count > 0 for count in count_of(scaled, "ingest-http", 8030, "windsock_messages_total"))
    assert values_once(scaled.web, "spread-11", 2) == [11, 11]


def test_prometheus_finds_every_copy(scaled: Stack) -> None:
    wanted = {f"windsock-{service}": count for service, count in SCALE.items()}

    def found() -> bool:
        return {each["metric"]["job"]: int(each["value"][1]) for each in query(scaled, "sum by (job) (up)")} == wanted

    until(found, "all copies are scraped, and answer", 60)


def test_one_copy_reads_redis_and_the_other_stands_by(scaled: Stack) -> None:
    assert sorted(count_of(scaled, "ingest-redis", 8041, "windsock_reader_active")) == [0, 1]


def test_long_polling_stays_on_one_copy(scaled: Stack) -> None:
    base = f"http://127.0.0.1:{scaled.web}/socket.io/?EIO=4&transport=polling"
    for _ in range(6):
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        session = json.loads(opener.open(base, timeout=15).read()[1:])["sid"]
        for body in (b"40", b'42["visible",true]'):
            with opener.open(urllib.request.Request(f"{base}&sid={session}", body), timeout=15) as answer:
                assert answer.read() == b"OK"
        with opener.open(f"{base}&sid={session}", timeout=15) as answer:
            assert answer.read().startswith(b"40")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_the_board_shows_the_demo_over(scaled: Stack, browser: Browser, transport: str) -> None:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    if transport == "polling":
        page.add_init_script(BLOCKED)
    page.goto(f"http://localhost:{scaled.web}/")
    expect(page.locator("[data-link=live]")).to_be_visible(timeout=30_000)
    expect(page.locator('[data-stream="demo/cpu"]')).to_be_visible(timeout=30_000)
    expect(page.locator("[data-stream]").nth(9)).to_be_attached(timeout=30_000)
    page.wait_for_function(
        "document.querySelectorAll('[data-stream] canvas, [data-stream] svg').length > 4", timeout=30_000
    )
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"compose-{transport}.png")
    page.close()


def test_a_camera_is_shown(scaled: Stack) -> None:
    post(f"http://127.0.0.1:{scaled.http}/", {"id": "camera", "type": "video_stream", "value": "test://pattern"})
    seen: list[bytes] = []

    def shown() -> bool:
        # Each copy of web hears of a new stream by itself, a moment after it was accepted.
        try:
            with urllib.request.urlopen(f"http://localhost:{scaled.web}/feeds/camera.mjpeg", timeout=30) as answer:
                seen.append(answer.read(20_000))
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        return bool(seen)

    until(shown, "the copy that was asked knows the camera", 15, every=0.1)
    assert b"\xff\xd8" in seen[0]


def test_the_demo_shows_a_camera_too(scaled: Stack) -> None:
    def registered() -> bool:
        with urllib.request.urlopen(f"http://localhost:{scaled.web}/v1/feeds", timeout=15) as answer:
            return b'"demo/camera"' in answer.read()

    until(registered, "the demo has added its camera", 60, every=0.5)
    with urllib.request.urlopen(f"http://localhost:{scaled.web}/feeds/demo/camera.mjpeg", timeout=30) as answer:
        assert b"\xff\xd8" in answer.read(20_000)


class Watching:
    """A viewer that comes back whenever it is cut off, in a thread of its own; how long it took, each time, until it saw something new."""

    def __init__(self, port: int, *streams: str) -> None:
        self._port = port
        self._streams = streams
        self.ledger = Ledger(numbered=False)
        self.gaps: list[float] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._watch()))
        self._thread.start()

    async def _watch(self) -> None:
        cut_at: float | None = None
        while not self._stopping.is_set():
            viewer = Viewer(self._port, ledger=self.ledger)
            try:
                async with asyncio.timeout(5):
                    await viewer.open()
                    await viewer.watch(*self._streams)
            except (OSError, TimeoutError, EOFError, KeyError, AssertionError):
                cut_at = cut_at or time.monotonic()
                with contextlib.suppress(AttributeError):  # it never came so far as to have a connection
                    await viewer.close()
                await asyncio.sleep(0.1)
                continue
            had = self._offsets()
            while not viewer.closed.is_set() and not self._stopping.is_set():
                if cut_at is not None and self._offsets() > had:
                    self.gaps.append(time.monotonic() - cut_at)
                    cut_at = None
                await asyncio.sleep(0.02)
            if cut_at is None:
                cut_at = time.monotonic()
            await viewer.close()

    def _offsets(self) -> int:
        return sum(line.offset for line in self.ledger.lines.values())

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(20)


class Sending:
    """Publishers that count: sample n has the value n. They send again what was not acknowledged."""

    def __init__(self, servers: dict[str, str]) -> None:
        self.streams = {name: Stream(name, server=server) for name, server in servers.items()}
        self.sent = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        while not self._stopping.wait(0.1):
            self.sent += 1
            for stream in self.streams.values():
                stream.send(self.sent)

    def cancel(self) -> None:
        """Send no more."""
        self._stopping.set()
        self._thread.join(10)

    def stop(self) -> None:
        """Return when all is acknowledged."""
        self.cancel()
        for stream in self.streams.values():
            assert stream.flush(30), "the publisher could not get rid of everything"
            stream.close()


def test_restarting_every_service_copy_by_copy_loses_nothing(scaled: Stack) -> None:
    servers = {
        "roll-tcp": f"tcp://127.0.0.1:{scaled.tcp}?large={scaled.large}",
        "roll-http": f"http://127.0.0.1:{scaled.http}",
    }
    sending = Sending(servers)
    for name in servers:
        values_once(scaled.web, name, 1)
    watching = Watching(scaled.web, *servers)
    try:
        for service in ROLLING:
            before, away = len(watching.gaps), 0.0
            for container in scaled.containers(service):
                restart = scaled.restart(container)
                assert restart.exit_code == 0, f"{container.name} ended with {restart.exit_code}"
                away = max(away, restart.away)
                scaled.wait_ready()
                until_all_serve(scaled)
            most = max(watching.gaps[before:], default=0.0)
            times = f"{len(watching.gaps) - before} times cut off, back after at most {most:.2f} s"
            print(f"restart of {service}: {times}; the engine took {away:.2f} s to start it again")
            # What stands before all copies is away for as long as the engine takes to start it, and that is longer on a busy machine.
            promised = allowed(BACK_SECONDS, away, USUAL_AWAY)
            assert most < promised, f"{service}: a viewer was away for {most:.1f} s, of {promised:.1f} s"
        sending.stop()
        for name in servers:
            assert values_once(scaled.web, name, sending.sent, 30) == list(range(1, sending.sent + 1)), name
            deadline = time.monotonic() + 30
            while watching.ledger.lines[name].offset < sending.sent and time.monotonic() < deadline:
                time.sleep(0.1)
    finally:
        sending.cancel()
        watching.stop()
    assert watching.ledger.faults == []
    for name in servers:
        line = watching.ledger.lines[name]
        assert (line.lost, line.values) == (0, list(range(1, sending.sent + 1))), f"{name} has a hole"


def test_copies_that_are_killed_come_back_and_nothing_accepted_is_lost(scaled: Stack) -> None:
    sending = Sending({"kill-tcp": f"tcp://127.0.0.1:{scaled.tcp}?large={scaled.large}"})
    try:
        values_once(scaled.web, "kill-tcp", 1)
        for service in ("ingest-tcp", "web", "ingest-redis", "video"):
            victim = scaled.containers(service)[0]
            # From inside the engine a kill by hand is an order to stay down; this is a crash.
            os.kill(victim.about["State"]["Pid"], signal.SIGKILL)
        scaled.wait_ready()
        sending.stop()
    finally:
        sending.cancel()
    assert values_once(scaled.web, "kill-tcp", sending.sent, 30) == list(range(1, sending.sent + 1))
    assert sum(each.about["RestartCount"] for each in scaled.containers()) >= 4


def test_an_orderly_stop_ends_everything_with_status_0_and_no_error_was_logged(scaled: Stack) -> None:
    send_tcp(scaled.tcp, *({"id": "last", "value": number} for number in range(500)))
    scaled.stop()
    failed = {each.name: each.exit_code for each in scaled.containers() if each.exit_code}
    services = {name.partition("_")[2].rpartition("_")[0] for name in failed}
    assert failed == {}, "\n".join(scaled.logs(service)[-3000:] for service in services)
    logs = scaled.logs()
    signs = ('"level": "error"', "[ALERT]", "Traceback", "took too long", "could not be stored")
    bad = [line for line in logs.splitlines() if any(sign in line for sign in signs)]
    # That there is none left is what a gateway has to say when all are stopped, and before the first is found.
    assert [line for line in bad if "has no server available" not in line] == []
    scaled.up(*PROFILES)
    assert values_once(scaled.web, "last", 500) == list(range(500))

"""Runs every example against a Windsock of its own for some seconds, and checks what the board would show: `make examples`.

An example is well if each of its streams is there with its type and at least two samples (a feed: with a picture), while the program still runs, and has said
nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

ROOT: Final = Path(__file__).resolve().parents[1]
EXAMPLES: Final = ROOT / "examples"
START_SECONDS: Final = 60.0
TOGETHER: Final = 6
"""Programs at a time: more would tell of the machine, not of themselves."""
PORTS: Final = ("WEB", "TCP", "TCP_LARGE", "HTTP", "INGEST_TCP_HEALTH", "INGEST_REDIS_HEALTH", "VIDEO_HEALTH")
FEEDS: Final = {"WINDSOCK_VIDEO_NETWORKS": "127.0.0.0/8", "WINDSOCK_VIDEO_HTTP": "true"}
"""What a stack needs to show the cameras that the examples serve on this machine."""
RUNNERS: Final = {".py": sys.executable, ".sh": "bash", ".mjs": "node"}


@dataclass(frozen=True)
class Example:
    """A file, and what must appear."""

    file: str
    streams: dict[str, str]
    """Id to type."""
    ends: bool = False
    """It has nothing to do after its message."""
    needs: str = ""
    """A program that not every machine has."""


ALL: Final = (
    Example("random_numbers.py", {"random": "line"}),
    Example("random_numbers_socket.py", {"80085": "line"}),
    Example("log_lines.py", {"log": "text"}),
    Example("log_lines_socket.py", {"log by a socket": "text"}),
    Example("heatmap.py", {"heatmap": "heatmap"}),
    Example("heatmap_socket.py", {"heatmap by a socket": "heatmap"}),
    Example("heatmap_image.py", {"plate": "image"}),
    Example("heatmap_image_socket.py", {"noise": "image"}),
    Example("markers.py", {"buses": "map"}),
    Example("markers_socket.py", {"markers": "map"}),
    Example("webcam.py", {"webcam": "image"}),
    Example("webcam_socket.py", {"webcam by a socket": "image"}),
    Example("http_post_client.py", {"calls": "bar"}),
    Example("http_post.py", {"bars": "bar"}),
    Example("stock_prices.py", {"stock": "area"}),
    Example("stock_prices_socket.py", {"stock by a socket": "line"}),
    Example("camera_gstreamer.py", {"camera/gstreamer": "video_stream"}, needs="gstreamer"),
    Example("camera_ffmpeg.py", {"camera/ffmpeg": "video_stream"}, needs="ffmpeg"),
    Example("camera_socket.sh", {"camera by a socket": "video_stream"}, ends=True),
    Example("every_second.py", {"load": "stat", "disk": "doughnut"}),
    Example("training_loop.py", {"training/loss": "line", "training/accuracy": "stat", "training/weights": "image"}),
    Example("sensor_asyncio.py", {"sensor": "area"}),
    Example("picture.py", {"picture": "image"}),
    Example("redis_publish.py", {"wind": "line", "visits": "stat"}),
    Example("shell.sh", {"shell/load": "line"}),
    Example("fetch.mjs", {"fetch": "line"}, needs="node"),
)
PARTS: Final = frozenset({"stock_ticks.py", "webcam_frames.py"})
"""Files that examples share."""


@dataclass
class Running:
    """An example under way."""

    example: Example
    process: subprocess.Popen[bytes]
    log: Path
    seen: dict[str, str] = field(default_factory=dict[str, str])
    """Stream to what was found of it."""

    def look(self, board: str) -> str | None:
        """What is still missing; None if all is well."""
        for stream, kind in self.example.streams.items():
            found = look_at(board, stream, kind)
            self.seen[stream] = found.says
            if not found.well:
                return f"{stream}: {found.says}"
        return None

    @property
    def fault(self) -> str | None:
        """What is wrong with the program itself."""
        said = self.log.read_text(errors="replace").strip()
        status = self.process.poll()
        if said:
            return f"it said: {said[-400:]}"
        if status is not None and (status or not self.example.ends):
            return f"it ended, with status {status}"
        return None


@dataclass(frozen=True)
class Look:
    """What a board has of a stream."""

    well: bool
    says: str


def look_at(board: str, stream: str, kind: str) -> Look:
    """A stream as a viewer would get it."""
    try:
        specs = {spec["id"]: spec for spec in get_json(f"{board}/v1/streams")["streams"]}
        if stream not in specs:
            return Look(well=False, says="no such stream yet")
        if specs[stream]["type"] != kind:
            return Look(well=False, says=f"a {specs[stream]['type']} instead of a {kind}")
        name = quote(stream, safe="")
        if kind == "video_stream":
            with urllib.request.urlopen(f"{board}/feeds/{name}.jpg", timeout=10) as answer:
                size = len(answer.read())
            return Look(well=size > 1000, says=f"a picture of {size:,} bytes")
        count = len(get_json(f"{board}/v1/streams/{name}/samples")["rows"])
        return Look(well=count >= 2, says=f"{count} samples")
    except (OSError, ValueError, KeyError) as error:
        return Look(well=False, says=str(error))


def get_json(url: str) -> Any:
    """An answer of the board."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def start(example: Example, environment: dict[str, str], folder: Path) -> Running:
    """Start it, with all that it starts in a group of its own, so that it can be ended whole."""
    path = EXAMPLES / example.file
    log = folder / f"{example.file}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [RUNNERS[path.suffix], str(path)], env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )  # fmt: skip
    return Running(example, process, log)


def stop(running: Running) -> None:
    """End it and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextlib.contextmanager
def stack(folder: Path) -> Generator[dict[str, str]]:
    """A Windsock of our own; yields the environment for those who send to it."""
    ports = {f"WINDSOCK_{name}_PORT": str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WINDSOCK_")}
    environment = kept | ports | FEEDS | {"WINDSOCK_OPEN_BROWSER": "0"}
    log = folder / "windsock.log"
    with log.open("wb") as output:
        tree = subprocess.Popen(
            [sys.executable, "-P", "-m", "windsock.command", "up"], env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while b"video is up" not in log.read_bytes():
            if tree.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"windsock up did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        port = next(
            line for line in (folder / ".windsock" / "valkey.conf").read_text().splitlines() if line.startswith("port ")
        )
        redis = {"WINDSOCK_REDIS_URL": f"redis://127.0.0.1:{port.split()[1]}/0"}
        yield kept | ports | redis
    finally:
        tree.send_signal(signal.SIGTERM)
        try:
            tree.wait(15)
        except subprocess.TimeoutExpired:
            tree.kill()
            tree.wait()


def watch(examples: list[Example], environment: dict[str, str], folder: Path, seconds: float) -> dict[str, str | None]:
    """Run some together until all are well, or the time is over; each file with what is wrong with it."""
    board = f"http://127.0.0.1:{environment['WINDSOCK_WEB_PORT']}"
    group = [start(example, environment | camera(), folder) for example in examples]
    problems: dict[str, str | None] = {running.example.file: "not looked at" for running in group}
    try:
        deadline = time.monotonic() + seconds
        while any(problems.values()) and time.monotonic() < deadline:
            for running in group:
                problems[running.example.file] = running.fault or running.look(board)
            time.sleep(0.2)
    finally:
        for running in group:
            stop(running)
    for running in group:
        for stream, kind in running.example.streams.items():
            problem = problems[running.example.file]
            found = running.seen.get(stream, "")
            print(
                f"{running.example.file:<28}{stream:<24}{kind:<14}{'ok    ' if not problem else 'WRONG '}{found}",
                flush=True,
            )
        if problems[running.example.file]:
            print(f"{'':28}→ {problems[running.example.file]}", flush=True)
    return problems


def camera() -> dict[str, str]:
    """A free port for an example that serves one; and nobody's webcam is switched on for a test."""
    return {"CAMERA_PORT": str(free_ports(1)[0]), "WEBCAM": "off"}


def main() -> int:
    """Run them, print the table; status 1 if one is not well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="files' names or parts of them; all, if none is given")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each may take to be well (30)")
    asked = parser.parse_args()
    chosen = [each for each in ALL if not asked.only or any(word in each.file for word in asked.only)]
    if not chosen:
        parser.error(f"no example has {' or '.join(asked.only)} in its name")
    problems: dict[str, str | None] = {}
    folder = Path(tempfile.mkdtemp(prefix="windsock-examples-"))
    try:
        with stack(folder) as environment:
            print(f"{'example':<28}{'stream':<24}{'type':<14}", flush=True)
            for first in range(0, len(chosen), TOGETHER):
                problems |= watch(chosen[first : first + TOGETHER], environment, folder, asked.seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wrong = [file for file, problem in problems.items() if problem]
    well = len(problems) - len(wrong)
    print(
        f"\n{well} {'example is' if well == 1 else 'examples are'} well"
        + (f"; not: {', '.join(wrong)}" if wrong else ".")
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

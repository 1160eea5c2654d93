"""The publisher library alone, as on a sensor's machine: nothing else is installed, and what it can do works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.tree import RunningTree

SOURCE = Path(__file__).resolve().parents[3] / "clients" / "python" / "src"
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    with RunningTree(tmp_path_factory.mktemp("alone")) as running:
        yield running.ready()


def alone(tree: RunningTree, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python without any installed package (-S), and the library's sources."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("WINDSOCK_", "PYTHON"))}
    env |= {
        "PYTHONPATH": str(SOURCE),
        "WINDSOCK_SERVER": f"tcp://127.0.0.1:{tree.tcp_port}?large={tree.tcp_large_port}",
        "WINDSOCK_BOARD": tree.board,
        "WINDSOCK_HTTP_PORT": tree.http_url.rstrip("/").rpartition(":")[2],
    }
    return subprocess.run(
        [sys.executable, "-S", *arguments], cwd=tree.folder, env=env, capture_output=True, text=True, timeout=100, check=False
    )  # fmt: skip


def test_two_lines_are_enough(tree: RunningTree):
    code = 'from windsock.client import Stream\nStream("cpu", legend=["user", "sys"]).send(41, 18)'
    done = alone(tree, "-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    seen = alone(tree, "-m", "windsock.command", "tail", "cpu", "--once", "--json")
    assert json.loads(seen.stdout)["value"] == [41, 18], seen.stderr


def test_the_doctor_sends_a_message_the_whole_way_to_a_reader(tree: RunningTree):
    done = alone(tree, "-m", "windsock.command", "doctor", "--json", "--redis", tree.redis_url)
    assert done.stderr == ""
    found = {finding["check"]: finding for finding in json.loads(done.stdout)["findings"]}
    for check in (
        "board",
        "tcp",
        "http",
        "viewer",
        "by tcp",
        "by tcp large",
        "by http",
        "by redis",
        "history",
        "redis",
    ):
        assert found[check]["state"] == "ok", found[check]
    assert "server-sent events" in found["viewer"]["says"]
    for check in ("settings", "redis rights", "inbox"):
        assert found[check]["state"] == "skipped"
        assert "needs all of Windsock" in found[check]["says"]


def test_what_needs_more_says_what_to_install(tree: RunningTree):
    done = alone(tree, "-m", "windsock.command", "up")
    assert done.returncode == 2
    assert "pip install 'windsock[command]'" in done.stderr

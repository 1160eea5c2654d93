"""`windsock feed` against a running tree, as people type it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.tree import RunningTree
from kit.waiting import until


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    with RunningTree(tmp_path_factory.mktemp("tree"), WINDSOCK_PUBLISH_KEY="open-sesame") as running:
        yield running.ready()


def feed(
    tree: RunningTree, folder: Path, *arguments: str, key: str = "open-sesame"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "windsock.command", "feed", *arguments, "--board", tree.board],
        cwd=folder,
        env=os.environ | {"WINDSOCK_KEY": key},
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # without a terminal
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


def test_cameras_are_added_listed_and_removed(tree: RunningTree, tmp_path: Path) -> None:
    url = "rtsp://joe:s3cretpass@192.0.2.7/live?pw=qu3rypass&channel=1"
    done = feed(tree, tmp_path, "add", "door", url, "--name", "Front door", "--fps", "5", "--no-passthrough")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def listed() -> bool:
        return "Front door" in feed(tree, tmp_path, "list").stdout

    until(listed, "it is listed", 20)
    text = feed(tree, tmp_path, "list").stdout
    assert "rtsp://192.0.2.7/live?pw=***&channel=1" in text
    found = json.loads(feed(tree, tmp_path, "list", "--json").stdout)
    assert (found["id"], found["state"]) == ("door", "idle")
    assert "pass" not in text.lower()
    assert feed(tree, tmp_path, "rm", "door").returncode == 0
    until(lambda: "There are no cameras yet" in feed(tree, tmp_path, "list").stdout, "it is gone", 20)
    missing = feed(tree, tmp_path, "rm", "door")
    assert missing.returncode == 1
    assert "there is no camera 'door'" in missing.stderr


@pytest.mark.parametrize(
    ("url", "key", "told"),
    [
        ("file:///etc/passwd", "open-sesame", "file: is not opened"),
        ("http://joe:s3cretpass@cam/x", "open-sesame", "http: is not opened"),
        ("rtsp://joe:s3cretpass@cam/x", "", "publish key"),
        ("rtsp://joe:s3cretpass@cam/x", "wrong-key", "publish key"),
    ],
)
def test_a_refusal_is_one_line_without_a_password(
    tree: RunningTree, tmp_path: Path, url: str, key: str, told: str
) -> None:
    done = feed(tree, tmp_path, "add", "door", url, key=key)
    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "s3cretpass" not in done.stderr


def test_no_password_is_one_line(tree: RunningTree, tmp_path: Path) -> None:
    done = feed(tree, tmp_path, "add", "door", "rtsp://joe@cam/x", "--ask-password")
    assert done.returncode == 1
    assert done.stderr.endswith("windsock: no password was given.\n")
    assert "Traceback" not in done.stderr


def test_a_password_can_be_asked_for_instead_of_shown_in_the_list_of_processes(
    tree: RunningTree, tmp_path: Path
) -> None:
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "windsock.command", "feed", "add", "hall", "rtsp://joe@192.0.2.8/live", "--ask-password", "--board", tree.board],
        cwd=tmp_path,
        env=os.environ | {"WINDSOCK_KEY": "open-sesame"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )  # fmt: skip
    asked = b""
    while b"Password of the camera" not in asked:
        asked += os.read(person, 1024)
    os.write(person, b"p/ss\n")
    assert process.wait(30) == 0
    os.close(person)
    os.close(terminal)
    until(lambda: "rtsp://192.0.2.8/live" in feed(tree, tmp_path, "list").stdout, "it is listed", 20)

"""Every example is run as it stands, and what the board has of it must be right; and `make examples` tells one that is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.camera import has_gst
from kit.tree import RunningTree

import try_examples
from try_examples import Example

SECONDS = 60.0
pytestmark = pytest.mark.timeout(
    180
)  # a stack starts, then a program: on a busy machine that is more than a usual test may take


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with RunningTree(tmp_path_factory.mktemp("tree"), **try_examples.FEEDS) as tree:
        tree.ready()
        yield os.environ | {
            "WINDSOCK_WEB_PORT": tree.board.rstrip("/").rpartition(":")[2],
            "WINDSOCK_TCP_PORT": str(tree.tcp_port),
            "WINDSOCK_TCP_LARGE_PORT": str(tree.tcp_large_port),
            "WINDSOCK_HTTP_PORT": tree.http_url.rstrip("/").rpartition(":")[2],
            "WINDSOCK_REDIS_URL": tree.redis_url,
        }


def has(program: str) -> bool:
    return has_gst() if program == "gstreamer" else shutil.which(program) is not None


def test_each_file_is_run_and_listed():
    files = {path.name for path in try_examples.EXAMPLES.iterdir() if path.suffix in try_examples.RUNNERS}
    assert {example.file for example in try_examples.ALL} | try_examples.PARTS == files
    shown = (try_examples.EXAMPLES / "README.md").read_text()
    assert [file for file in files if f"({file})" not in shown] == []


@pytest.mark.parametrize("example", try_examples.ALL, ids=lambda example: example.file)
def test_an_example_shows_what_it_should(environment: dict[str, str], tmp_path: Path, example: Example):
    if example.needs and not has(example.needs):
        told = f"{example.needs} is not installed: this example is not tested here"
        if os.environ.get("CI"):
            pytest.fail(told)  # CI installs it: a skip would hide that it did not
        pytest.skip(told)
    problems = try_examples.watch([example], environment, tmp_path, SECONDS)
    assert problems == {example.file: None}


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (Example("random_numbers.py", {"random": "bar"}), "random: a line instead of a bar"),
        (Example("random_numbers.py", {"other": "line"}), "other: no such stream yet"),
        (Example("away.py", {"away": "line"}), "No such file"),
    ],
)
def test_an_example_that_is_not_well_is_told(environment: dict[str, str], tmp_path: Path, example: Example, says: str):
    problem = try_examples.watch([example], environment, tmp_path, 3.0)[example.file]
    assert problem is not None
    assert says in problem


def test_the_command_prints_a_table_and_says_how_it_went(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, try_examples.__file__, "random_numbers_socket"], cwd=tmp_path, capture_output=True, text=True, timeout=150, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "random_numbers_socket.py    80085                   line          ok" in done.stdout
    assert done.stdout.endswith("\n1 example is well.\n")

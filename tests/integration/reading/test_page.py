"""Every program in docs/reading.md is run as it stands there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from kit.tree import RunningTree

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reading.md"
PROGRAMS = re.findall(r"```(sh|python)\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    with RunningTree(tmp_path_factory.mktemp("page")) as tree:
        tree.ready()
        messages = [{"id": "cpu", "value": [number, 7], "legend": ["user", "system"]} for number in range(25)]
        httpx.post(tree.http_url, json=messages).raise_for_status()
        yield tree


@pytest.mark.parametrize(("language", "program"), PROGRAMS, ids=[each[1].split("\n")[0][:30] for each in PROGRAMS])
def test_the_programs_read_what_was_sent(stack: RunningTree, language: str, program: str) -> None:
    program = program.replace("http://localhost:8000/", stack.board).replace("http://localhost:8030/", stack.http_url)
    command = ["sh", "-c", program] if language == "sh" else [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    if "ndjson" in program:
        assert json.loads(done.stdout)["accepted"] == 25
        copied = httpx.get(f"{stack.board}v1/streams/cpu copy/samples").json()
        assert [row[1:] for row in copied["rows"]] == [[number, 7] for number in range(25)]
    else:
        assert "24" in done.stdout, "the newest sample"

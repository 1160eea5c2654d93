"""Every program in docs/languages is run as it stands there, and its streams must appear; and docs/first-stream.md is followed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from kit.tree import RunningTree
from kit.waiting import until

ROOT = Path(__file__).resolve().parents[3]


# A stack starts, a compiler works: on a busy machine that is more than a usual test may take.
pytestmark = pytest.mark.timeout(180)


class Snippet(NamedTuple):
    """A program of the page."""

    language: str
    code: str
    streams: list[str]

    def __str__(self) -> str:
        return f"{self.language}-{self.streams[0]}"


NAMED = (
    r'\\?"id\\?": \\?"([^"\\]+)',
    r'\bid: "([^"]+)',
    r'"id" => "([^"]+)',
    r'Stream\(\s*"([^"]+)',
    r"windsock (?:send|pipe) (\S+)",
)
"""How a program of some language names a stream."""


def snippets() -> list[Snippet]:
    found: list[Snippet] = []
    for page in sorted((ROOT / "docs" / "languages").glob("*.md")):
        for language, code in re.findall(r"```(\w+)\n(.*?)```", page.read_text(), re.DOTALL):
            streams = [name for pattern in NAMED for name in re.findall(pattern, code)]
            found.append(Snippet(language, code, sorted(set(streams))))
    return found


SNIPPETS = snippets()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    with RunningTree(tmp_path_factory.mktemp("tree")) as running:
        yield running.ready()


def environment(tree: RunningTree) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "WINDSOCK_TCP_PORT": str(tree.tcp_port),
        "WINDSOCK_TCP_LARGE_PORT": str(tree.tcp_large_port),
        "WINDSOCK_HTTP_PORT": http_port(tree),
        "WINDSOCK_REDIS_URL": tree.redis_url,
    }


def http_port(tree: RunningTree) -> str:
    return tree.http_url.rstrip("/").rpartition(":")[2]


def rows(tree: RunningTree, stream: str) -> list[Any]:
    try:
        with urllib.request.urlopen(f"{tree.board}v1/streams/{quote(stream, safe='')}/samples", timeout=10) as answer:
            return json.load(answer)["rows"]
    except OSError:
        return []


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        told = f"{name} is not installed: this program is not tested here"
        # `make test` installs all of them where it may, and in CI it may: there, a skip would hide a missing install step.
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return found


ARDUINO = Path(__file__).resolve().parents[2] / "kit" / "arduino"
INTERPRETED = {
    "bash": "bash",
    "js": "node",
    "perl": "perl",
    "java": "java",
    "r": "Rscript",
    "octave": "octave-cli",
    "lua": "lua5.4",
    "ruby": "ruby",
    "php": "php",
}
COMPILED = {
    "c": ["gcc", "-Wall", "-Werror"],
    "cpp": [
        "g++",
        "-std=c++17",
        "-Wall",
        "-Werror",
        f"-I{ARDUINO}",
        "-include",
        "Arduino.h",
        str(ARDUINO / "main.cpp"),
    ],
    "go": ["gccgo"],
    "rust": ["rustc"],
}


def command(language: str, file: Path) -> list[str]:
    """How a program of the language is started, built first if need be."""
    if language == "python":
        return [sys.executable, "-P", str(file)]
    if language in INTERPRETED:
        return [program(INTERPRETED[language]), str(file)]
    compiler, *options = COMPILED[language]
    built = file.with_suffix("")
    made = subprocess.run(
        [program(compiler), *options, "-o", built, file], capture_output=True, text=True, timeout=80, check=False
    )
    assert made.returncode == 0, made.stderr
    return [str(built)]


SUFFIXES = {
    "python": ".py", "bash": ".sh", "js": ".mjs", "perl": ".pl", "java": ".java", "c": ".c", "rust": ".rs", "cpp": ".cpp", "go": ".go",
    "r": ".R", "octave": ".m", "lua": ".lua", "ruby": ".rb", "php": ".php",
}  # fmt: skip


def test_each_language_has_a_page_that_the_index_names():
    assert {snippet.language for snippet in SNIPPETS} == set(SUFFIXES)
    assert all(snippet.streams for snippet in SNIPPETS)
    index = (ROOT / "docs" / "publishers.md").read_text()
    pages = [page.name for page in (ROOT / "docs" / "languages").glob("*.md")]
    assert [page for page in pages if f"(languages/{page})" not in index] == []


@pytest.mark.slow
@pytest.mark.parametrize("snippet", SNIPPETS, ids=str)
def test_a_program_of_the_page_works_as_it_stands(tree: RunningTree, tmp_path: Path, snippet: Snippet):
    code = snippet.code.replace("localhost", "127.0.0.1")
    code = code.replace("8010", str(tree.tcp_port)).replace("8030", http_port(tree))
    file = tmp_path / f"Send{SUFFIXES[snippet.language]}"
    file.write_text(code)
    done = subprocess.run(
        command(snippet.language, file), env=environment(tree), cwd=tmp_path, capture_output=True, text=True, timeout=80, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for stream in snippet.streams:
        until(lambda stream=stream: rows(tree, stream), f"{stream} has samples")


def test_the_first_stream_appears_when_the_page_is_followed_to_the_letter(tree: RunningTree, tmp_path: Path):
    page = (ROOT / "docs" / "first-stream.md").read_text()
    [start, *steps] = re.findall(r"```(?:sh|bash)\n(.*?)```", page, re.DOTALL)
    assert start == "make run\n", "what starts it: the tree of this test"
    assert re.search(r"^run:.*\n(?:\t.*\n)*\t.* up ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(steps) == 2
    for number, step in enumerate(steps, 1):
        code = step.replace("localhost/8010", f"127.0.0.1/{tree.tcp_port}")
        assert code != step, "the step names the port of the default settings"
        code = code.replace("seq 1 60", "seq 1 3").replace("sleep 1", "sleep 0.1")  # a minute is a person's time
        done = subprocess.run(
            ["bash", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        expected = 1 if number == 1 else 4
        until(lambda expected=expected: len(rows(tree, "my first stream")) == expected, f"step {number} shows")
    removed = subprocess.run(
        [sys.executable, "-P", "-m", "windsock.command", "rm", "my first stream", "--board", tree.board], timeout=30, check=False
    )  # fmt: skip
    assert removed.returncode == 0
    for word in re.findall(r"windsock (\w+)", page):
        assert word in {"rm", "doctor"}

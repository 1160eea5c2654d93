"""Every program in docs/publishers.md and in examples/ is run as it stands there, and its streams must appear."""

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
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in {".py", ".sh", ".mjs"})


class Snippet(NamedTuple):
    """A program of the page."""

    language: str
    code: str
    streams: list[str]

    def __str__(self) -> str:
        return f"{self.language}-{self.streams[0]}"


def snippets() -> list[Snippet]:
    found: list[Snippet] = []
    page = (ROOT / "docs" / "publishers.md").read_text()
    for language, code in re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL):
        streams = re.findall(
            r'\\?"id\\?": \\?"([^"\\]+)|\bid: "([^"]+)|Stream\("([^"]+)|windsock (?:send|pipe) (\S+)', code
        )
        found.append(Snippet(language, code, ["".join(names) for names in streams]))
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
        pytest.skip(f"{name} is not installed: this program is not tested here")
    return found


def command(language: str, file: Path) -> list[str]:
    """How a program of the language is started, built first if need be."""
    match language:
        case "python":
            return [sys.executable, "-P", str(file)]
        case "bash":
            return [program("bash"), str(file)]
        case "js":
            return [program("node"), str(file)]
        case "perl":
            return [program("perl"), str(file)]
        case "java":
            return [program("java"), str(file)]
        case "c":
            subprocess.run([program("gcc"), "-Wall", "-Werror", "-o", file.with_suffix(""), file], check=True)
        case "rust":
            subprocess.run([program("rustc"), "-o", file.with_suffix(""), file], check=True)
        case _:
            raise AssertionError(f"nobody knows how to run {language}")
    return [str(file.with_suffix(""))]


SUFFIXES = {"python": ".py", "bash": ".sh", "js": ".mjs", "perl": ".pl", "java": ".java", "c": ".c", "rust": ".rs"}


def test_the_page_has_programs():
    assert {snippet.language for snippet in SNIPPETS} == set(SUFFIXES)
    assert all(snippet.streams for snippet in SNIPPETS)


@pytest.mark.slow
@pytest.mark.parametrize("snippet", SNIPPETS, ids=str)
def test_a_program_of_the_page_works_as_it_stands(tree: RunningTree, tmp_path: Path, snippet: Snippet):
    code = snippet.code.replace("localhost", "127.0.0.1")
    code = code.replace("8010", str(tree.tcp_port)).replace("8030", http_port(tree))
    file = tmp_path / f"Send{SUFFIXES[snippet.language]}"
    file.write_text(code)
    done = subprocess.run(
        command(snippet.language, file), env=environment(tree), cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for stream in snippet.streams:
        until(lambda stream=stream: rows(tree, stream), f"{stream} has samples")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_works(tree: RunningTree, tmp_path: Path, path: Path):
    text = path.read_text()
    streams = re.findall(r'\\?"?id\\?"?: \\?"([\w/]+)|"id": (\d+)|Stream\(\s*"([^"]+)|streams/(\w+)/image', text)
    names = ["".join(found) for found in streams]
    assert names, "the example names its streams"
    language = {".py": "python", ".sh": "bash", ".mjs": "js"}[path.suffix]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(language, path), env=environment(tree), cwd=tmp_path, stdout=output, stderr=output
        )
    try:
        for name in names:
            until(lambda name=name: len(rows(tree, name)) >= 2 or process.poll() is not None, f"{name} moves", 30)
            assert process.poll() is None, f"it ended:\n{log.read_text()}"
    finally:
        process.kill()
        process.wait()
    assert log.read_text() == ""
    shown = (ROOT / "examples" / "README.md").read_text()
    assert f"({path.name})" in shown, "the list of examples names it"

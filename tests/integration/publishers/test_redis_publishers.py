"""Every program of docs/redis-publishers.md is run as it stands there, as the user that docker compose makes, on a real Valkey; and what that user may not."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kit.history import values_of
from kit.service import ServiceProcess
from kit.valkey import ValkeyProcess
from kit.waiting import SLACK, until_async

from windsock.client import Stream
from windsock.shared.acl import acl_file
from windsock.shared.broker import RedisBroker
from windsock.shared.keys import Keys
from windsock.shared.settings import load_settings

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "redis-publishers.md").read_text()
ARDUINO = ROOT / "tests" / "kit" / "arduino"
PASSWORD = "of-the-publishers"
STREAMS = {
    "bash": ["shell, live", "shell, kept"],
    "python": ["python, live", "python, kept"],
    "js": ["node, live", "node, kept"],
    "cpp": ["arduino, kept"],
}
COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "bash": lambda file: ["bash", "-e", str(file)],
    "python": lambda file: [sys.executable, "-P", str(file)],
    "js": lambda file: ["node", str(file)],
    "cpp": lambda file: [str(file.with_suffix(""))],
}


@pytest.fixture(scope="module")
def guarded() -> Iterator[ValkeyProcess]:
    """A Valkey with the users of docker compose."""
    with ValkeyProcess() as server:
        for line in reversed(acl_file(Keys(), "of the services", "of-the-operator", PASSWORD).splitlines()):
            answer = server.command("ACL", "SETUSER", *line.split()[1:])
            assert answer == b"+OK\r\n", (line, answer)
        yield server


@pytest.fixture(scope="module")
def url(guarded: ValkeyProcess) -> Iterator[str]:
    """Where it is, for a service; one that reads what publishers send is running."""
    url = f"redis://windsock:of%20the%20services@127.0.0.1:{guarded.port}/0"
    with ServiceProcess("ingest_redis", url):
        yield url


def program_of(language: str, port: int) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"the page has no program in {language}"
    assert "6379" in found[1]
    return found[1].replace("6379", str(port))


def run_program(language: str, port: int, folder: Path) -> None:
    suffix = {"python": ".py", "js": ".mjs", "cpp": ".cpp", "bash": ".sh"}[language]
    file = folder / f"program{suffix}"
    file.write_text(program_of(language, port))
    if language == "cpp":
        built = str(file.with_suffix(""))
        include = [f"-I{ARDUINO}", "-include", "Arduino.h", str(ARDUINO / "main.cpp")]
        subprocess.run(["g++", "-std=c++17", "-Wall", "-Werror", *include, str(file), "-o", built], check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = COMMANDS[language](file)
    assert shutil.which(command[0], path=path), f"{command[0]} is not installed: `make test` installs it where it may"
    done = subprocess.run(
        command, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", STREAMS)
async def test_a_program_of_the_page_reaches_the_board(
    language: str, guarded: ValkeyProcess, url: str, tmp_path: Path
) -> None:
    run_program(language, guarded.port, tmp_path)
    broker = RedisBroker(load_settings(redis_url=url), "test")
    try:
        for stream in STREAMS[language]:

            async def arrived(stream: str = stream) -> bool:
                return bool(await values_of(broker, stream))

            await until_async(arrived, f"{stream!r} is in history")
    finally:
        await broker.close()


async def test_our_own_client_is_let_in(guarded: ValkeyProcess, url: str) -> None:
    with Stream("client, kept", server=f"redis://publisher:{PASSWORD}@127.0.0.1:{guarded.port}") as stream:
        stream.send(41)
        assert await asyncio.to_thread(stream.flush, 10 * SLACK), stream.outbox.lane.trouble
    broker = RedisBroker(load_settings(redis_url=url), "test")
    try:

        async def arrived() -> bool:
            return await values_of(broker, "client, kept") == [41]

        await until_async(arrived, "what the client sent is in history")
    finally:
        await broker.close()


def test_our_own_client_may_wait_for_replicas(guarded: ValkeyProcess) -> None:
    with socket.create_connection(("127.0.0.1", guarded.port), 10) as link:
        link.sendall(f"AUTH publisher {PASSWORD}\r\nWAIT 0 1\r\n".encode())
        lines = link.makefile("rb")
        assert [lines.readline(), lines.readline()] == [b"+OK\r\n", b":0\r\n"]


def test_the_operator_may_do_what_the_runbooks_ask(guarded: ValkeyProcess) -> None:
    for command in ("SLOWLOG GET", "LATENCY DOCTOR", "BGREWRITEAOF", "LASTSAVE", "CONFIG GET maxmemory", "KEYS *"):
        with socket.create_connection(("127.0.0.1", guarded.port), 10) as link:
            link.sendall(f"AUTH operator of-the-operator\r\n{command}\r\n".encode())
            lines = link.makefile("rb")
            assert lines.readline() == b"+OK\r\n"
            assert not lines.readline().startswith(b"-"), command


def test_the_page_names_the_rights_that_are_given() -> None:
    made = re.search(r"ACL SETUSER publisher on >\S+ (.+)", PAGE)
    assert made
    given = next(
        line for line in acl_file(Keys(), "x", "y", PASSWORD).splitlines() if line.startswith("user publisher")
    )
    assert given.endswith(made[1])


@pytest.mark.parametrize(
    "command",
    [
        "GET windsock:streams", "XREAD STREAMS windsock:inbox 0", "XRANGE windsock:inbox - +", "DEL windsock:inbox", "XTRIM windsock:inbox MAXLEN 0",
        "XADD windsock:{s}:history * p 1", "PUBLISH windsock:catalogue x", "PUBLISH windsock:{s}:live x", "SPUBLISH windsock:in:x y", "SUBSCRIBE windsock:in:x",
        "PSUBSCRIBE windsock:in:*", "EVAL 'return 1' 0", "SCRIPT FLUSH", "CONFIG GET *", "ACL LIST", "CLIENT LIST", "KEYS *", "FLUSHALL", "SHUTDOWN", "INFO",
    ],
)  # fmt: skip
def test_a_publisher_may_do_nothing_else(guarded: ValkeyProcess, url: str, command: str) -> None:
    with socket.create_connection(("127.0.0.1", guarded.port), 10) as link:
        link.sendall(f"AUTH publisher {PASSWORD}\r\n".encode())
        assert link.recv(100) == b"+OK\r\n"
        link.sendall(f"{command}\r\n".encode())
        assert link.recv(1000).startswith(b"-NOPERM"), command

"""`windsock doctor` against a running tree, whole and with real faults."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from kit.ports import free_port
from kit.tree import RunningTree
from kit.valkey import ValkeyProcess
from kit.waiting import until

from windsock.shared.acl import service_rights
from windsock.shared.keys import Keys

# Each look at a stack with a fault waits for what does not come; on a busy machine, several of them take longer than a usual test may.
pytestmark = pytest.mark.timeout(240)

KEY = "the publish key"
PORT_NAMES = ("WEB", "TCP", "TCP_LARGE", "HTTP", "INGEST_TCP_HEALTH", "INGEST_REDIS_HEALTH", "VIDEO_HEALTH")


def free_ports() -> dict[str, str]:
    """All of Windsock's ports, moved to ones that are free."""
    ports: set[int] = set()
    while len(ports) < len(PORT_NAMES):
        ports.add(free_port())
    return {f"WINDSOCK_{name}_PORT": str(port) for name, port in zip(PORT_NAMES, ports, strict=True)}


class Diagnosis(NamedTuple):
    """What the doctor said."""

    status: int
    findings: dict[str, dict[str, Any]]

    def says(self, check: str, state: str) -> str:
        """A finding's sentence and advice, if its state is that."""
        finding = self.findings[check]
        assert finding["state"] == state, finding
        return f"{finding['says']} {finding['todo']}"

    @property
    def wrong(self) -> set[str]:
        return {check for check, finding in self.findings.items() if finding["state"] == "wrong"}


def run(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "windsock.command", *arguments],
        cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def doctor(folder: Path, *arguments: str, **env: str) -> Diagnosis:
    done = run(folder, "doctor", "--json", *arguments, **env)
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["ok"] is (done.returncode == 0)
    for finding in said["findings"]:
        assert bool(finding["todo"]) == (finding["state"] in {"wrong", "warn"}), finding
    return Diagnosis(done.returncode, {finding["check"]: finding for finding in said["findings"]})


class Stack(NamedTuple):
    """A tree on a broker of its own, on ports that are known."""

    tree: RunningTree
    valkey: ValkeyProcess
    env: dict[str, str]

    def examine(self, *arguments: str, **env: str) -> Diagnosis:
        return doctor(self.tree.folder, *arguments, **(self.env | env))

    def streams(self) -> str:
        return run(self.tree.folder, "streams", **self.env).stdout


@contextmanager
def running(folder: Path, valkey: ValkeyProcess, redis_url: str, **env: str) -> Generator[Stack]:
    ports = free_ports()
    with RunningTree(folder, WINDSOCK_REDIS_URL=redis_url, **ports, **env) as tree:
        tree.ready()
        until(lambda: "video is up" in tree.output, "all of it is up", 45)
        yield Stack(tree, valkey, {**ports, "WINDSOCK_REDIS_URL": valkey.url, "PATH": os.environ["PATH"]})


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Without a key."""
    with (
        ValkeyProcess(persistent=True) as valkey,
        running(tmp_path_factory.mktemp("open"), valkey, valkey.url) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With a key, and as a Redis user that has just the rights that the doctor names."""
    with ValkeyProcess(persistent=True) as valkey:
        valkey.command("ACL", "SETUSER", "services", "on", ">secret", *service_rights(Keys()))
        url = f"redis://services:secret@127.0.0.1:{valkey.port}/0"
        with running(tmp_path_factory.mktemp("guarded"), valkey, url, WINDSOCK_PUBLISH_KEY=KEY) as made:
            yield made


@contextmanager
def answering(said: bytes | None) -> Generator[int]:
    """Something else at a port, that says the same to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                kept.append(connection)
                if said is not None:
                    connection.recv(65536)
                    connection.sendall(said)
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in kept:
            connection.close()


def test_a_healthy_stack_has_nothing_wrong_and_keeps_nothing_of_the_look(stack: Stack):
    found = stack.examine()
    assert found.wrong == set()
    assert found.status == 0
    for way in ("by tcp", "by tcp large", "by http", "by redis", "viewer", "history"):
        assert found.findings[way]["state"] == "ok", found.findings[way]
        assert 0 < found.findings[way]["ms"] < 5000
    assert "windsock-doctor" not in stack.streams()


def test_what_it_prints_for_people_ends_in_a_verdict(stack: Stack):
    done = run(stack.tree.folder, "doctor", **stack.env)
    assert done.returncode == 0
    assert "by redis       a message reached a viewer" in done.stdout
    assert "Nothing is wrong." in done.stdout.splitlines()[-1]


def test_nothing_running_is_told_at_once_with_what_to_do(tmp_path: Path):
    ports = free_ports()
    began = time.monotonic()
    found = doctor(tmp_path, **ports)
    assert time.monotonic() - began < 20
    assert found.status == 1
    assert found.wrong == {"board", "tcp", "tcp large", "http"}
    for check in found.wrong:
        assert "windsock up" in found.says(check, "wrong")
    assert "without the board" in found.says("viewer", "skipped")


def test_a_key_that_lacks_or_is_wrong_is_told(guarded: Stack):
    for key, says in ((None, "asks for a key"), ("a wrong key", "is not the server's")):
        arguments = [] if key is None else ["--key", key]
        found = guarded.examine(*arguments)
        assert found.status == 1
        assert {"tcp", "tcp large", "by tcp", "by tcp large", "by http"} <= found.wrong
        for check in ("tcp", "by http"):
            assert says in found.says(check, "wrong")
            assert "WINDSOCK_KEY" in found.says(check, "wrong")
        assert "without the key" in found.says("by redis", "skipped")
    assert "windsock-doctor" not in guarded.streams()


def test_the_key_and_the_named_rights_are_enough(guarded: Stack):
    own = f"redis://services:secret@127.0.0.1:{guarded.valkey.port}/0"
    found = guarded.examine("--key", KEY, "--redis", own)
    assert found.wrong == set()
    assert "it fits" in found.says("key", "ok")
    assert "all that Windsock does" in found.says("redis rights", "ok")
    assert "windsock-doctor" not in guarded.streams()


def test_rights_that_lack_are_told_by_name(guarded: Stack):
    guarded.valkey.command("ACL", "SETUSER", "guest", "on", ">secret", "~windsock:*", "&windsock:*", "+@all", "-eval")
    found = guarded.examine("--key", KEY, "--redis", f"redis://guest:secret@127.0.0.1:{guarded.valkey.port}/0")
    assert "EVAL" in found.says("redis rights", "wrong")
    assert "ACL SETUSER" in found.says("redis rights", "wrong")
    locked_out = guarded.examine("--key", KEY, "--redis", f"redis://guest:no@127.0.0.1:{guarded.valkey.port}/0")
    assert "WRONGPASS" in locked_out.says("redis", "wrong")


def test_a_redis_that_is_away_is_told_and_then_well_again(stack: Stack):
    stack.valkey.kill()
    try:
        # Each service notices by itself, and not all at the same moment.
        away = {"board", "http", "ingest-tcp", "redis"}
        until(lambda: away <= stack.examine().wrong, f"all of {away} notice", 40)
        found = stack.examine()
        assert "broker" in found.says("board", "wrong")
        assert "nothing answers" in found.says("redis", "wrong")
        assert "WINDSOCK_REDIS_URL" in found.says("board", "wrong")
    finally:
        stack.valkey.start()
    until(lambda: stack.examine().status == 0, "all is well again", 30)


def test_another_of_windsocks_ports_is_told_from_the_right_one(stack: Stack):
    web, http_port = stack.env["WINDSOCK_WEB_PORT"], stack.env["WINDSOCK_HTTP_PORT"]
    large, tcp = stack.env["WINDSOCK_TCP_LARGE_PORT"], stack.env["WINDSOCK_TCP_PORT"]
    found = stack.examine("--server", f"tcp://127.0.0.1:{large}?large={tcp}")
    assert "Name the right one" in found.says("tcp", "wrong").replace("name", "Name")
    assert "tcp large" in found.wrong
    assert "this port speaks HTTP" in stack.examine("--server", f"tcp://127.0.0.1:{web}").says("tcp", "wrong")
    found = stack.examine("--server", f"http://127.0.0.1:{web}", "--board", f"http://127.0.0.1:{http_port}")
    assert "Windsock's web, not ingest-http" in found.says("http", "wrong")
    assert "Windsock's ingest-http, not web" in found.says("board", "wrong")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0"),
        (b"HTTP/1.1 200 OK\r\nServer: other\r\nContent-Length: 2\r\n\r\nhi", "an HTTP server"),
        (None, "does not answer a greeting"),
    ],
)
def test_something_else_at_a_port_is_named(stack: Stack, said: bytes | None, told: str):
    with answering(said) as port:
        found = stack.examine("--server", f"tcp://127.0.0.1:{port}?large={stack.env['WINDSOCK_TCP_LARGE_PORT']}")
    assert told in found.says("tcp", "wrong")
    assert "WINDSOCK_TCP_PORT" in found.says("tcp", "wrong")
    assert found.findings["by tcp large"]["state"] == "ok", "the other ways are tried all the same"
    assert "by tcp" in found.wrong


def test_another_web_server_in_the_boards_place_is_named(stack: Stack):
    with answering(b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nhi") as port:
        found = stack.examine("--board", f"http://127.0.0.1:{port}")
    assert "something else (nginx)" in found.says("board", "wrong")


def test_an_eviction_policy_is_told_and_no_room_too(stack: Stack):
    stack.valkey.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    stack.valkey.command("CONFIG", "SET", "maxmemory", "100000000")
    try:
        found = stack.examine()
        assert "throws away streams" in found.says("redis memory", "wrong")
        assert "noeviction" in found.says("redis memory", "wrong")
        stack.valkey.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
        stack.valkey.command("CONFIG", "SET", "maxmemory", "1")
        found = stack.examine()
        assert "it is full" in found.says("redis room", "wrong")
        assert "Redis can take none" in found.says("viewer", "skipped")
    finally:
        stack.valkey.command("CONFIG", "SET", "maxmemory", "0")
        stack.valkey.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert "windsock-doctor" not in stack.streams()


def test_a_redis_that_nobody_reads_is_told(stack: Stack, valkey: ValkeyProcess):
    found = stack.examine("--redis", valkey.url)
    assert "nobody reads it" in found.says("inbox", "wrong")
    assert "keeps everything in memory alone" in found.says("redis disk", "warn")
    assert "ingest-redis does not read this Redis" in found.says("by redis", "wrong")


@pytest.mark.parametrize(("ahead", "state"), [(100, "wrong"), (-7, "warn"), (0, "ok")])
def test_a_clock_that_is_off_is_told(tmp_path: Path, ahead: int, state: str):
    class Board(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"service": "web", "version": "1.0.0", "problems": {}}).encode()
            self.send_response_only(200)
            self.send_header("Date", formatdate(time.time() + ahead, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Board) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        ports = free_ports()
        found = doctor(tmp_path, "--board", f"http://127.0.0.1:{server.server_port}", **ports)
        server.shutdown()
        thread.join(5)
    said = found.says("clock", state)
    assert ahead == 0 or f"{'ahead of' if ahead > 0 else 'behind'} this one" in said
    assert "WebSocket" in found.says("viewer", "wrong"), "what is no board does not pass for one"


def test_a_setting_that_does_not_exist_is_told(tmp_path: Path):
    ports = free_ports()
    found = doctor(tmp_path, WINDSOCK_PUBLISHKEY="x", **ports)
    assert "did you mean WINDSOCK_PUBLISH_KEY?" in found.says("settings", "wrong")


def test_a_wrong_address_is_one_line(tmp_path: Path):
    done = run(tmp_path, "doctor", "--redis", "http://127.0.0.1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "windsock: http://127.0.0.1 is no Redis: it should be like redis://HOST:6379/0.\n"
